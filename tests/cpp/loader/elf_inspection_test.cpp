#include "loader/elf_inspection.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <random>
#include <string>

#include "loader_fixtures.h"

namespace ovserve {
namespace {

class ElfInspection : public ::testing::Test {
 protected:
  std::string reason(const std::string& bytes) const {
    write_bytes(folder_ / "file.so", bytes);
    return reason_not_loadable(folder_ / "file.so").value_or("");
  }

  // A real library with some bytes of its header replaced.
  template <typename T>
  std::string patched(std::size_t offset, T value) const {
    std::string bytes = real_;
    std::memcpy(bytes.data() + offset, &value, sizeof value);
    return bytes;
  }

  const TemporaryFolder folder_;
  const std::string real_ = read_bytes(library("plain_loader"));
};

TEST_F(ElfInspection, FindsNothingWrongWithARealLibrary) {
  EXPECT_EQ(reason_not_loadable(library("plain_loader")), std::nullopt);
}

TEST_F(ElfInspection, NamesWhatIsNoLibrary) {
  EXPECT_EQ(reason(""), "the file is empty");
  EXPECT_EQ(reason("no"), "it is not a shared library (too short for one)");
  EXPECT_EQ(reason("short"), "it is not a shared library (not in ELF format)");
  EXPECT_EQ(reason("#!/bin/sh\necho this is a script\n"), "it is not a shared library (not in ELF format)");
  EXPECT_EQ(reason_not_loadable(folder_ / "missing.so"), "the file does not exist");
  EXPECT_EQ(reason_not_loadable(folder_.path()), "it is not a file, but a folder or a device");
  EXPECT_EQ(reason_not_loadable("/dev/null"), "it is not a file, but a folder or a device");
}

TEST_F(ElfInspection, NamesTheMachineOfALibraryForAnother) {
#if defined(__x86_64__)
  const std::uint16_t other = EM_AARCH64;
  const std::string theirs = "64-bit ARM (aarch64)";
#else
  const std::uint16_t other = EM_X86_64;
  const std::string theirs = "x86-64";
#endif
  const std::string text = reason(patched(offsetof(Elf64_Ehdr, e_machine), other));
  EXPECT_EQ(text.find("it is built for " + theirs + ", but this process is "), 0U) << text;
  EXPECT_NE(reason(patched(EI_CLASS, ELFCLASS32)).find("a 32-bit machine"), std::string::npos);
  EXPECT_NE(reason(patched(EI_DATA, ELFDATA2MSB)).find("the other byte order"), std::string::npos);
  EXPECT_NE(reason(patched(EI_CLASS, '\x09')).find("damaged"), std::string::npos);
}

TEST_F(ElfInspection, NamesOtherKindsOfElfFiles) {
  EXPECT_EQ(reason(patched(offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_REL})),
            "it is an object file: link it with g++ -shared");
  EXPECT_NE(reason(patched(offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_EXEC})).find("a program"), std::string::npos);
  EXPECT_NE(reason(patched(offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_CORE})).find("ELF type 4"),
            std::string::npos);
}

// Opening such a file would end in a bus error as soon as its missing pages are touched.
TEST_F(ElfInspection, RefusesEveryLengthThatCutsIntoTheSegments) {
  Elf64_Ehdr header;
  std::memcpy(&header, real_.data(), sizeof header);
  std::size_t end = 0;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, real_.data() + header.e_phoff + i * sizeof segment, sizeof segment);
    if (segment.p_type == PT_LOAD) end = std::max<std::size_t>(end, segment.p_offset + segment.p_filesz);
  }
  ASSERT_GT(end, 1000U);
  for (std::size_t length = 1; length < end; length += length < 200 ? 1 : 997) {
    EXPECT_NE(reason(real_.substr(0, length)), "") << "cut to " << length;
  }
  EXPECT_NE(reason(real_.substr(0, end - 1)).find("the file is cut off"), std::string::npos);
  EXPECT_EQ(reason(real_.substr(0, end)), "");
}

TEST_F(ElfInspection, ReadsSymbols) {
  std::map<std::string, ElfSymbol> symbols;
  const auto collect = [&](const ElfSymbol& symbol) { symbols[std::string(symbol.name)] = symbol; };
  visit_symbols(library("undefined_function"), SymbolTable::kDynamic, collect);
  ASSERT_TRUE(symbols.contains("createCustomLoader"));
  EXPECT_TRUE(symbols["createCustomLoader"].defined);
  EXPECT_TRUE(symbols["createCustomLoader"].exported);
  ASSERT_TRUE(symbols.contains("function_that_nobody_defines"));
  EXPECT_FALSE(symbols["function_that_nobody_defines"].defined);

  symbols.clear();
  visit_symbols(library("hidden_factory"), SymbolTable::kDynamic, collect);
  EXPECT_FALSE(symbols.contains("createCustomLoader"));
  visit_symbols(library("hidden_factory"), SymbolTable::kFull, collect);
  ASSERT_TRUE(symbols.contains("createCustomLoader"));
  EXPECT_FALSE(symbols["createCustomLoader"].exported);
}

TEST_F(ElfInspection, HasNoSymbolsForFilesWithoutTables) {
  int count = 0;
  const auto visit = [&](const ElfSymbol&) { ++count; };
  visit_symbols(folder_ / "missing", SymbolTable::kDynamic, visit);
  write_bytes(folder_ / "text", "just text that is no library at all, and longer than an ELF header would be ....");
  visit_symbols(folder_ / "text", SymbolTable::kDynamic, visit);
  EXPECT_EQ(count, 0);
}

// Rubbish may give any answer, but none may crash, hang or claim the memory (the sanitizers watch).
TEST_F(ElfInspection, SurvivesRubbish) {
  std::mt19937 random(20240607);  // NOLINT(bugprone-random-generator-seed): the same rubbish each time
  const std::string path = folder_ / "rubbish.so";
  std::size_t visited = 0;
  Elf64_Ehdr header;
  std::memcpy(&header, real_.data(), sizeof header);
  for (int round = 0; round < 250; ++round) {
    std::string bytes = real_;
    // Where the numbers are that the reader follows: header, program headers, section headers.
    const std::size_t places[] = {0, header.e_phoff, header.e_shoff};
    for (int i = 0; i < 8; ++i) {
      const std::size_t at = places[random() % 3] + random() % 512;
      if (at >= 4 && at < bytes.size()) bytes[at] = static_cast<char>(random() % 3 == 0 ? 0xFF : random());
    }
    if (round % 5 == 0) bytes.resize(random() % bytes.size());
    write_bytes(path, bytes);
    reason_not_loadable(path);
    visit_symbols(path, SymbolTable::kDynamic, [&](const ElfSymbol& symbol) { visited += symbol.name.size(); });
    visit_symbols(path, SymbolTable::kFull, [&](const ElfSymbol& symbol) { visited += symbol.name.size(); });
  }
  EXPECT_GT(visited, 0U);
}

}  // namespace
}  // namespace ovserve
