#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ovserve {

/// A function by which a library is known to be a loader.
struct LoaderFunction {
  std::string name;
  bool shares_cpp_types = false;  ///< std::string and std::vector cross the border: their ABI has to be the server's
};

/// A library opened with dlopen, lazily bound and with names of its own (RTLD_LAZY | RTLD_LOCAL).
///
/// Never closed once it was handed out: code of a loader may run on threads that it started, and
/// exceptions, buffers and thread-local objects of it may outlive the last loader object. The
/// process ends sooner than that can be known to be over.
class SharedLibrary {
 public:
  /// Opens a library that exports one of `functions`. A path without a slash is looked for where
  /// the dynamic linker looks.
  ///
  /// Runs the library's static constructors; one that throws ends the process, since exceptions do
  /// not pass the dynamic linker. Throws Error(kInternal) with `library "path": ` and
  /// the reason: file missing or unreadable, no library, cut off, wrong machine, other std::string
  /// ABI (of no account to libraries that share no C++ with the server), function missing, undefined symbols (those of
  /// functions too, which lazy binding would let pass until a call ends the process). A library refused like this is
  /// closed again, so that a rebuilt one can be opened.
  static std::shared_ptr<const SharedLibrary> open(const std::string& path,
                                                   const std::vector<LoaderFunction>& functions);

  /// The same for a library of the C++ interface, which has to export `required_function`.
  static std::shared_ptr<const SharedLibrary> open(const std::string& path, const std::string& required_function);

  SharedLibrary(const SharedLibrary&) = delete;
  SharedLibrary& operator=(const SharedLibrary&) = delete;

  /// As given to open.
  const std::string& path() const noexcept { return path_; }

  /// The function exported under this name, null if there is none.
  template <typename Function>
  Function* find(const char* name) const noexcept {
    return reinterpret_cast<Function*>(find_symbol(name));
  }

 private:
  SharedLibrary(std::string path, void* handle) : path_(std::move(path)), handle_(handle) {}

  void* find_symbol(const char* name) const noexcept;

  std::string path_;
  void* handle_;
};

}  // namespace ovserve
