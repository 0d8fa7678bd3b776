#include "loader/shared_library.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/printable_text.h"
#include "loader/elf_inspection.h"
#include "loader/lazy_binding.h"
#include "loader/missing_function.h"
#include "loader/string_abi.h"

namespace ovserve {
namespace {

constexpr std::size_t kMaxNamesShown = 5;
constexpr const char* kAdviceOnUndefinedSymbols = ": link the library that defines it, and check with ldd -r";

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw Error(ErrorCode::kInternal, "library \"" + printable_text(path) + "\": " + reason);
}

// The dynamic linker's own words, without the path that the message names already.
std::string reason_of_dynamic_linker(const std::string& path) {
  const char* text = ::dlerror();
  std::string reason = text == nullptr ? "it cannot be opened" : printable_text(text);
  if (reason.starts_with(path + ": ")) reason.erase(0, path.size() + 2);
  if (reason.starts_with("undefined symbol")) reason += kAdviceOnUndefinedSymbols;
  return reason;
}

// A handle that closes the library, for as long as nothing of it has been handed out.
struct CloseLibrary {
  void operator()(void* handle) const noexcept { ::dlclose(handle); }
};
using Handle = std::unique_ptr<void, CloseLibrary>;

const link_map& link_map_of(void* handle) {
  link_map* library = nullptr;
  ::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&library));
  return *library;
}

Handle open_lazily(const std::string& path) {
  Handle handle(::dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL));
  if (handle == nullptr) refuse(path, reason_of_dynamic_linker(path));
  return handle;
}

// Undefined functions of refused libraries, by where the library lies in memory: closing does not
// always unmap a library, and one that stayed counts as bound when it is opened again.
class RefusedLibraries {
 public:
  std::vector<std::string> undefined_functions(void* handle, const LoadedLibraries& before) {
    const auto place = reinterpret_cast<std::uintptr_t>(link_map_of(handle).l_ld);
    const std::lock_guard lock(mutex_);
    if (before.contains(place)) {
      const auto known = undefined_.find(place);
      return known == undefined_.end() ? std::vector<std::string>() : known->second;
    }
    undefined_.erase(place);
    auto names = ovserve::undefined_functions(handle, before);
    if (!names.empty()) undefined_[place] = names;
    return names;
  }

 private:
  std::mutex mutex_;
  std::map<std::uintptr_t, std::vector<std::string>> undefined_;  // guarded by mutex_
};

RefusedLibraries& refused_libraries() {
  static RefusedLibraries libraries;
  return libraries;
}

// Only if the library is known by nothing else than a function that shares C++ types.
void refuse_other_string_abi(const std::string& path, const std::string& file,
                             const std::vector<LoaderFunction>& functions) {
  bool needs_none = false;
  visit_symbols(file, SymbolTable::kDynamic, [&](const ElfSymbol& symbol) {
    needs_none |= symbol.defined && symbol.exported && std::ranges::any_of(functions, [&](const auto& function) {
                    return !function.shares_cpp_types && function.name == symbol.name;
                  });
  });
  if (needs_none) return;
  if (const auto reason = reason_of_other_string_abi(file)) refuse(path, *reason);
}

// That none of the functions is exported, with advice about the one that its author seems to have had in mind.
std::string lack_of(const std::vector<LoaderFunction>& functions, const std::string& file) {
  const std::string* meant = &functions.front().name;
  std::string names;
  for (const LoaderFunction& function : functions) {
    if (is_there_in_another_form(file, function.name)) meant = &function.name;
    names += (names.empty() ? "" : " or ") + function.name;
  }
  const bool found = is_there_in_another_form(file, *meant);
  return "it exports no function " + (found ? *meant : names) + advice_on_missing_function(file, *meant);
}

std::string shown(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMaxNamesShown; ++i) {
    text += (i == 0 ? "" : ", ") + printable_text(names[i]);
  }
  if (names.size() > kMaxNamesShown) text += " and " + std::to_string(names.size() - kMaxNamesShown) + " more";
  return text;
}

void refuse_undefined_functions(const std::string& path, const std::vector<std::string>& names) {
  if (names.empty()) return;
  refuse(path,
         (names.size() == 1 ? "undefined symbol: " : "undefined symbols: ") + shown(names) + kAdviceOnUndefinedSymbols);
}

}  // namespace

std::shared_ptr<const SharedLibrary> SharedLibrary::open(const std::string& path,
                                                         const std::string& required_function) {
  return open(path, std::vector<LoaderFunction>{{required_function, true}});
}

std::shared_ptr<const SharedLibrary> SharedLibrary::open(const std::string& path,
                                                         const std::vector<LoaderFunction>& functions) {
  if (path.empty() || path.find('\0') != std::string::npos) refuse(printable_text(path), "this is no file name");
  const bool is_file = path.find('/') != std::string::npos;
  if (is_file) {
    if (const auto reason = reason_not_loadable(path)) refuse(path, *reason);
    refuse_other_string_abi(path, path, functions);
  }
  const LoadedLibraries before = loaded_libraries();
  Handle handle = open_lazily(path);
  const std::string file = is_file ? path : link_map_of(handle.get()).l_name;
  if (!is_file) refuse_other_string_abi(path, file, functions);
  const auto exported = [&](const LoaderFunction& function) {
    return ::dlsym(handle.get(), function.name.c_str()) != nullptr;
  };
  if (std::ranges::none_of(functions, exported)) refuse(path, lack_of(functions, file));
  refuse_undefined_functions(path, refused_libraries().undefined_functions(handle.get(), before));
  return std::shared_ptr<const SharedLibrary>(new SharedLibrary(path, handle.release()));
}

void* SharedLibrary::find_symbol(const char* name) const noexcept { return ::dlsym(handle_, name); }

}  // namespace ovserve
