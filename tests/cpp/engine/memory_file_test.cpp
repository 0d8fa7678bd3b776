#include "engine/memory_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace ovserve {
namespace {

std::string read(const std::filesystem::path& path) {
  std::stringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

TEST(MemoryFile, CanBeOpenedByItsPath) {
  const std::vector<std::uint8_t> bytes(1'000'000, 'x');
  const MemoryFile file(bytes, ".onnx");
  EXPECT_EQ(file.path().extension(), ".onnx");
  EXPECT_EQ(read(file.path()), std::string(bytes.size(), 'x'));
}

TEST(MemoryFile, PutsOnlyALinkOnDiskWhereNobodyElseMayLook) {
  const std::vector<std::uint8_t> bytes{'x'};
  const MemoryFile file(bytes, ".onnx");
  EXPECT_TRUE(std::filesystem::is_symlink(file.path()));
  const auto permissions = std::filesystem::status(file.path().parent_path()).permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_all);
  EXPECT_TRUE(std::filesystem::read_symlink(file.path()).string().starts_with("/proc/self/fd/"));
}

TEST(MemoryFile, LeavesNothingBehind) {
  const std::vector<std::uint8_t> bytes{'x'};
  std::optional<MemoryFile> file;
  file.emplace(bytes, ".onnx");
  const std::filesystem::path directory = file->path().parent_path();
  const std::filesystem::path memory = std::filesystem::read_symlink(file->path());
  EXPECT_TRUE(std::filesystem::exists(memory));
  file.reset();
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_FALSE(std::filesystem::exists(memory));
}

}  // namespace
}  // namespace ovserve
