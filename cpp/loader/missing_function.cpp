#include "loader/missing_function.h"

#include <string_view>

#include "loader/elf_inspection.h"

namespace ovserve {

namespace {

struct OtherForms {
  bool cpp_function = false;
  bool hidden = false;
};

OtherForms other_forms(const std::string& file, const std::string& function) {
  // How a C++ function of this name, in whatever namespace, is written in the symbol table.
  const std::string mangled = std::to_string(function.size()) + function;
  OtherForms forms;
  const auto look = [&](const ElfSymbol& symbol) {
    if (!symbol.defined) return;
    forms.cpp_function |= symbol.name.starts_with("_Z") && symbol.name.find(mangled) != std::string_view::npos;
    forms.hidden |= symbol.name == function && !symbol.exported;
  };
  visit_symbols(file, SymbolTable::kDynamic, look);
  visit_symbols(file, SymbolTable::kFull, look);
  return forms;
}

}  // namespace

std::string advice_on_missing_function(const std::string& file, const std::string& function) {
  const OtherForms forms = other_forms(file, function);
  if (forms.cpp_function) return "; it has a C++ function of that name: declare it extern \"C\"";
  if (forms.hidden) return "; it has a hidden one: compile it without -fvisibility=hidden, and not as static";
  return ": define it, and declare it extern \"C\"";
}

bool is_there_in_another_form(const std::string& file, const std::string& function) {
  const OtherForms forms = other_forms(file, function);
  return forms.cpp_function || forms.hidden;
}

}  // namespace ovserve
