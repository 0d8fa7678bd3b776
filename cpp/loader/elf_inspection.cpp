#include "loader/elf_inspection.h"

#include <elf.h>
#include <link.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

#include "loader/bounded_file.h"

namespace ovserve {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Section = ElfW(Shdr);
using Symbol = ElfW(Sym);

constexpr unsigned char kNativeClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char kNativeData = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
#if defined(__x86_64__)
constexpr std::uint16_t kNativeMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kNativeMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr std::uint16_t kNativeMachine = EM_RISCV;
#else
constexpr std::uint16_t kNativeMachine = EM_NONE;  // not known here: any machine passes
#endif

// More than any real library has; keeps forged numbers from claiming all memory, or all time where
// every symbol names the same endless string.
constexpr std::uint64_t kMaxTableBytes = std::uint64_t{256} << 20U;
constexpr std::size_t kMaxNameBytes = std::size_t{256} << 20U;

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_386:
      return "32-bit x86";
    case EM_AARCH64:
      return "64-bit ARM (aarch64)";
    case EM_ARM:
      return "32-bit ARM";
    case EM_RISCV:
      return "RISC-V";
    case EM_PPC64:
      return "64-bit PowerPC";
    case EM_S390:
      return "S/390";
    default:
      return "machine number " + std::to_string(machine);
  }
}

std::string wrong_machine(const std::string& theirs) {
  return "it is built for " + theirs + ", but this process is " + machine_name(kNativeMachine) +
         ": build it for this machine";
}

std::optional<std::string> reason_in_identification(const BoundedFile& file) {
  unsigned char ident[EI_NIDENT] = {};
  if (file.size() == 0) return "the file is empty";
  const bool complete = file.read(0, ident, sizeof ident);
  if (!complete && !file.read(0, ident, SELFMAG)) return "it is not a shared library (too short for one)";
  if (std::memcmp(ident, ELFMAG, SELFMAG) != 0) return "it is not a shared library (not in ELF format)";
  if (!complete) return "the file is cut off: its ELF header is incomplete";
  if (ident[EI_CLASS] != kNativeClass) {
    const bool known = ident[EI_CLASS] == ELFCLASS32 || ident[EI_CLASS] == ELFCLASS64;
    if (!known) return "it is not a shared library (its ELF header is damaged)";
    return wrong_machine(ident[EI_CLASS] == ELFCLASS32 ? "a 32-bit machine" : "a 64-bit machine");
  }
  if (ident[EI_DATA] != kNativeData) return wrong_machine("a machine of the other byte order");
  return std::nullopt;
}

std::optional<std::string> reason_in_header(const Header& header) {
  if (kNativeMachine != EM_NONE && header.e_machine != kNativeMachine) {
    return wrong_machine(machine_name(header.e_machine));
  }
  switch (header.e_type) {
    case ET_DYN:
      return std::nullopt;
    case ET_REL:
      return "it is an object file: link it with g++ -shared";
    case ET_EXEC:
      return "it is a program, not a shared library: link it with g++ -shared";
    default:
      return "it is not a shared library (ELF type " + std::to_string(header.e_type) + ")";
  }
}

// The dynamic linker maps segments without looking at the file's size; touching what lies beyond
// its end kills the process.
std::optional<std::string> reason_in_segments(const BoundedFile& file, const Header& header) {
  if (header.e_phnum == 0 || header.e_phentsize != sizeof(Segment)) return "its ELF program headers are damaged";
  const auto segments = file.read_array<Segment>(header.e_phoff, header.e_phnum, kMaxTableBytes);
  if (segments.empty()) return "the file is cut off: its ELF program headers are missing";
  bool dynamic = false;
  for (const Segment& segment : segments) {
    dynamic = dynamic || segment.p_type == PT_DYNAMIC;
    if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC) continue;
    if (segment.p_offset > file.size() || segment.p_filesz > file.size() - segment.p_offset) {
      return "the file is cut off: it has " + std::to_string(file.size()) + " bytes, but its segments need more";
    }
  }
  if (!dynamic) return "it is not a shared library (it has no dynamic segment)";
  return std::nullopt;
}

std::string reason_not_readable(const std::system_error& error) {
  if (error.code() == std::errc::no_such_file_or_directory) return "the file does not exist";
  return "the file cannot be read: " + error.code().message();
}

std::vector<Section> read_sections(const BoundedFile& file) {
  const auto header = file.read<Header>(0);
  if (!header || header->e_shentsize != sizeof(Section)) return {};
  return file.read_array<Section>(header->e_shoff, header->e_shnum, kMaxTableBytes);
}

std::string_view text_at(const std::vector<char>& strings, std::size_t offset) {
  if (offset >= strings.size()) return {};
  const char* begin = strings.data() + offset;
  return {begin, ::strnlen(begin, strings.size() - offset)};
}

bool is_exported(const Symbol& symbol) {
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return ELF64_ST_BIND(symbol.st_info) != STB_LOCAL && (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

struct SymbolsAndNames {
  std::vector<Symbol> symbols;
  std::vector<char> names;
};

// Of the first section of this type, since a library has one.
SymbolsAndNames read_table(const BoundedFile& file, std::uint32_t type) {
  const std::vector<Section> sections = read_sections(file);
  for (const Section& table : sections) {
    if (table.sh_type != type || table.sh_link >= sections.size()) continue;
    const Section& names = sections[table.sh_link];
    return {file.read_array<Symbol>(table.sh_offset, table.sh_size / sizeof(Symbol), kMaxTableBytes),
            file.read_array<char>(names.sh_offset, names.sh_size, kMaxTableBytes)};
  }
  return {};
}

}  // namespace

std::optional<std::string> reason_not_loadable(const std::string& path) {
  try {
    const BoundedFile file(path);
    if (!file.is_regular()) return "it is not a file, but a folder or a device";
    if (auto reason = reason_in_identification(file)) return reason;
    const auto header = file.read<Header>(0);
    if (!header) return "the file is cut off: its ELF header is incomplete";
    if (auto reason = reason_in_header(*header)) return reason;
    return reason_in_segments(file, *header);
  } catch (const std::system_error& error) {
    return reason_not_readable(error);
  }
}

void visit_symbols(const std::string& path, SymbolTable table, const std::function<void(const ElfSymbol&)>& visit) {
  SymbolsAndNames content;
  try {
    content = read_table(BoundedFile(path), table == SymbolTable::kDynamic ? SHT_DYNSYM : SHT_SYMTAB);
  } catch (const std::system_error&) {
    return;  // an unreadable file has no symbols; whoever opens it says why
  }
  std::size_t name_bytes = 0;
  for (const Symbol& symbol : content.symbols) {
    const std::string_view name = text_at(content.names, symbol.st_name);
    name_bytes += name.size();
    if (name_bytes > kMaxNameBytes) return;
    const bool exported = table == SymbolTable::kDynamic && is_exported(symbol);
    if (!name.empty()) visit({name, symbol.st_shndx != SHN_UNDEF, exported});
  }
}

}  // namespace ovserve
