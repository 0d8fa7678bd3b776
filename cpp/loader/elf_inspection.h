#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ovserve {

/// Looks into library files before, and instead of, the dynamic linker: its messages are terse, and
/// it crashes on files that end early. Nothing of a file is believed: every number in it is checked
/// against the file's size, so rubbish gives an answer, never a crash.

/// Why the dynamic linker cannot load this file as a library of this machine, as a sentence that
/// completes `library "x": `; nothing if no reason was found.
std::optional<std::string> reason_not_loadable(const std::string& path);

/// A name in one of a library's symbol tables.
struct ElfSymbol {
  std::string_view name;  ///< valid during the visit
  bool defined = false;   ///< in this file, not expected from elsewhere
  bool exported = false;  ///< visible to the dynamic linker
};

enum class SymbolTable {
  kDynamic,  ///< what the dynamic linker uses
  kFull,     ///< what debuggers use, local names included; `strip` removes it
};

/// Shows `visit` every named symbol of a table; none where the file has no readable one.
void visit_symbols(const std::string& path, SymbolTable table, const std::function<void(const ElfSymbol&)>& visit);

}  // namespace ovserve
