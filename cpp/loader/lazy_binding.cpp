#include "loader/lazy_binding.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstddef>

namespace ovserve {
namespace {

using Relocation = ElfW(Rela);
using Symbol = ElfW(Sym);

constexpr std::uint16_t kHiddenVersion = 0x8000;
constexpr std::uint16_t kFirstNamedVersion = 2;  // 0 and 1 mean "no version"

// The tables of a loaded library that lazy binding works with, in memory.
struct BindingTables {
  const Relocation* relocations = nullptr;
  std::size_t relocation_count = 0;
  const Symbol* symbols = nullptr;
  const char* strings = nullptr;
  const std::uint16_t* versions = nullptr;
  const ElfW(Verneed) * needed_versions = nullptr;
  std::vector<const char*> needed_libraries;
  bool has_addends = false;  // the only form of relocations that 64-bit machines use

  bool show_calls() const { return has_addends && relocations != nullptr && symbols != nullptr && strings != nullptr; }
};

template <typename T>
const T* address_of(const link_map& library, ElfW(Addr) value) {
  // glibc has replaced the offsets in this table by addresses; other linkers leave them as they are.
  const ElfW(Addr) address = value < library.l_addr ? library.l_addr + value : value;
  return reinterpret_cast<const T*>(address);  // NOLINT(performance-no-int-to-ptr): that is how ELF says it
}

BindingTables tables_of(const link_map& library) {
  BindingTables tables;
  std::vector<std::size_t> needed;
  for (const ElfW(Dyn)* entry = library.l_ld; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    switch (entry->d_tag) {
      case DT_JMPREL:
        tables.relocations = address_of<Relocation>(library, entry->d_un.d_ptr);
        break;
      case DT_PLTRELSZ:
        tables.relocation_count = entry->d_un.d_val / sizeof(Relocation);
        break;
      case DT_PLTREL:
        tables.has_addends = entry->d_un.d_val == DT_RELA;
        break;
      case DT_SYMTAB:
        tables.symbols = address_of<Symbol>(library, entry->d_un.d_ptr);
        break;
      case DT_STRTAB:
        tables.strings = address_of<char>(library, entry->d_un.d_ptr);
        break;
      case DT_VERSYM:
        tables.versions = address_of<std::uint16_t>(library, entry->d_un.d_ptr);
        break;
      case DT_VERNEED:
        tables.needed_versions = address_of<ElfW(Verneed)>(library, entry->d_un.d_ptr);
        break;
      case DT_NEEDED:
        needed.push_back(entry->d_un.d_val);
        break;
      default:
        break;
    }
  }
  if (tables.strings == nullptr) return {};
  for (const std::size_t offset : needed) tables.needed_libraries.push_back(tables.strings + offset);
  return tables;
}

template <typename T>
const T* next_entry(const T* entry, std::size_t distance) {
  if (distance == 0) return nullptr;
  return reinterpret_cast<const T*>(reinterpret_cast<const char*>(entry) + distance);
}

// The version that a symbol is wanted in, null for none.
const char* wanted_version(const BindingTables& tables, std::size_t symbol) {
  if (tables.versions == nullptr || tables.needed_versions == nullptr) return nullptr;
  const std::uint16_t index = tables.versions[symbol] & static_cast<std::uint16_t>(~kHiddenVersion);
  if (index < kFirstNamedVersion) return nullptr;
  for (const auto* library = tables.needed_versions; library != nullptr;
       library = next_entry(library, library->vn_next)) {
    const auto* version = reinterpret_cast<const ElfW(Vernaux)*>(next_entry(library, library->vn_aux));
    for (; version != nullptr; version = next_entry(version, version->vna_next)) {
      if (version->vna_other == index) return tables.strings + version->vna_name;
    }
  }
  return nullptr;
}

bool defined_in(void* handle, const char* name, const char* version) {
  ::dlerror();
  const void* address = version == nullptr ? ::dlsym(handle, name) : ::dlvsym(handle, name, version);
  return address != nullptr || ::dlerror() == nullptr;
}

class UndefinedFunctions {
 public:
  UndefinedFunctions(void* root, const LoadedLibraries& before)
      : root_(root), program_(::dlopen(nullptr, RTLD_LAZY)), seen_(before) {}
  ~UndefinedFunctions() {
    if (program_ != nullptr) ::dlclose(program_);
  }

  UndefinedFunctions(const UndefinedFunctions&) = delete;
  UndefinedFunctions& operator=(const UndefinedFunctions&) = delete;

  void look_at(void* handle) {
    link_map* library = nullptr;
    if (::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&library)) != 0 || library == nullptr) return;
    if (!seen_.insert(reinterpret_cast<std::uintptr_t>(library->l_ld)).second) return;
    const BindingTables tables = tables_of(*library);
    if (tables.show_calls()) look_at_calls(tables);
    for (const char* name : tables.needed_libraries) look_at_needed(name);
  }

  std::vector<std::string> take_names() {
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    return std::move(names_);
  }

 private:
  void look_at_needed(const char* name) {
    void* handle = ::dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr) return;
    look_at(handle);
    ::dlclose(handle);
  }

  void look_at_calls(const BindingTables& tables) {
    for (std::size_t i = 0; i < tables.relocation_count; ++i) {
      const std::size_t index = ELF64_R_SYM(tables.relocations[i].r_info);
      const Symbol& symbol = tables.symbols[index];
      const bool wanted = index != 0 && symbol.st_shndx == SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_WEAK;
      if (!wanted) continue;
      const char* name = tables.strings + symbol.st_name;
      const char* version = wanted_version(tables, index);
      if (!defined_in(root_, name, version) && !defined_in(program_, name, version)) names_.emplace_back(name);
    }
  }

  void* root_;
  void* program_;  // the scope that all libraries see
  LoadedLibraries seen_;
  std::vector<std::string> names_;
};

// Where a library's dynamic table lies identifies it here: it is what link_map has in common with
// dl_phdr_info.
int add_library(dl_phdr_info* info, std::size_t, void* libraries) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) & segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_DYNAMIC) {
      static_cast<LoadedLibraries*>(libraries)->insert(info->dlpi_addr + segment.p_vaddr);
    }
  }
  return 0;
}

}  // namespace

LoadedLibraries loaded_libraries() {
  LoadedLibraries libraries;
  ::dl_iterate_phdr(add_library, &libraries);
  return libraries;
}

std::vector<std::string> undefined_functions(void* handle, const LoadedLibraries& before) {
  UndefinedFunctions functions(handle, before);
  functions.look_at(handle);
  return functions.take_names();
}

}  // namespace ovserve
