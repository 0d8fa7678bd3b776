#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ovserve {

/// A library_path that names a class in Python: `my_loader.py:MyLoader` or `package.module:MyLoader`.
struct PythonLoaderPath {
  std::string source;  ///< a file, or a module's full name
  std::string class_name;
  bool is_file = false;
};

/// Takes a library_path apart; nothing for a shared library, which is everything else. The same rule
/// as python/ovserve/config/loader_path.py.
std::optional<PythonLoaderPath> python_loader_path(std::string_view text);

}  // namespace ovserve
