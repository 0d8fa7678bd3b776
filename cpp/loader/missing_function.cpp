#include "loader/missing_function.h"

#include <string_view>

#include "loader/elf_inspection.h"

namespace ovserve {

std::string advice_on_missing_function(const std::string& file, const std::string& function) {
  // How a C++ function of this name, in whatever namespace, is written in the symbol table.
  const std::string mangled = std::to_string(function.size()) + function;
  bool has_cpp_function = false;
  bool has_hidden_function = false;
  const auto look = [&](const ElfSymbol& symbol) {
    if (!symbol.defined) return;
    has_cpp_function |= symbol.name.starts_with("_Z") && symbol.name.find(mangled) != std::string_view::npos;
    has_hidden_function |= symbol.name == function && !symbol.exported;
  };
  visit_symbols(file, SymbolTable::kDynamic, look);
  visit_symbols(file, SymbolTable::kFull, look);
  if (has_cpp_function) return "; it has a C++ function of that name: declare it extern \"C\"";
  if (has_hidden_function) return "; it has a hidden one: compile it without -fvisibility=hidden, and not as static";
  return ": define it, and declare it extern \"C\"";
}

}  // namespace ovserve
