#include "loader/string_abi.h"

#include <array>
#include <string_view>

#include "loader/elf_inspection.h"

namespace ovserve {
namespace {

// Functions of the interface, as they begin within a mangled name.
constexpr std::array<std::string_view, 5> kInterfaceFunctions = {
    "10loaderInitE", "9loadModelE", "23getModelBlacklistStatusE", "11unloadModelE", "11retireModelE"};

// How `const std::string&`, the first parameter of them all, is mangled.
constexpr std::string_view kOldString = "RKSs";
constexpr std::string_view kLibcxxString = "RKNSt3__1";

// The mangled parameters of an interface function, empty for any other name.
std::string_view parameters_of_interface_function(std::string_view name) {
  if (!name.starts_with("_ZN")) return {};
  for (const std::string_view function : kInterfaceFunctions) {
    const std::size_t position = name.find(function);
    if (position != std::string_view::npos) return name.substr(position + function.size());
  }
  return {};
}

bool is_method_of_old_string(std::string_view name) { return name.starts_with("_ZNSs") || name.starts_with("_ZNKSs"); }

struct Signs {
  bool interface_with_old_string = false;
  bool interface_with_libcxx_string = false;
  bool old_string = false;
  bool new_string = false;

  void add(std::string_view name) {
    const std::string_view parameters = parameters_of_interface_function(name);
    interface_with_old_string |= parameters.starts_with(kOldString);
    interface_with_libcxx_string |= parameters.starts_with(kLibcxxString);
    old_string |= is_method_of_old_string(name);
    new_string |= name.find("__cxx11") != std::string_view::npos;
  }
};

}  // namespace

std::optional<std::string> reason_of_other_string_abi(const std::string& path) {
  Signs signs;
  visit_symbols(path, SymbolTable::kDynamic, [&](const ElfSymbol& symbol) { signs.add(symbol.name); });
  if (signs.interface_with_old_string || (signs.old_string && !signs.new_string)) {
    return "it was compiled for the old std::string ABI: rebuild it without -D_GLIBCXX_USE_CXX11_ABI=0";
  }
  if (signs.interface_with_libcxx_string) {
    return "it was compiled against libc++, whose std::string is another: rebuild it with libstdc++ "
           "(g++, or clang++ without -stdlib=libc++)";
  }
  return std::nullopt;
}

}  // namespace ovserve
