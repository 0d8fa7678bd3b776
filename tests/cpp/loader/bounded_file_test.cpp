#include "loader/bounded_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <limits>
#include <system_error>

#include "loader_fixtures.h"

namespace ovserve {
namespace {

TEST(BoundedFile, ReadsWithinTheFile) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", std::string("\x01\x00\x02\x00\x03", 5));
  const BoundedFile file(folder / "file");
  EXPECT_TRUE(file.is_regular());
  EXPECT_EQ(file.size(), 5U);
  EXPECT_EQ(file.read<std::uint16_t>(2), 2U);
  EXPECT_EQ(file.read_array<std::uint16_t>(0, 2, 100), (std::vector<std::uint16_t>{1, 2}));
}

TEST(BoundedFile, RefusesWhatIsNotInside) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "12345");
  const BoundedFile file(folder / "file");
  constexpr auto kHuge = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(file.read<std::uint16_t>(4), std::nullopt);
  EXPECT_EQ(file.read<std::uint8_t>(kHuge), std::nullopt);
  EXPECT_TRUE(file.read_array<std::uint16_t>(0, 3, 100).empty());
  EXPECT_TRUE(file.read_array<std::uint16_t>(0, kHuge, kHuge).empty());
  EXPECT_TRUE(file.read_array<std::uint16_t>(kHuge, 1, 100).empty());
  EXPECT_TRUE(file.read_array<std::uint8_t>(0, 5, 4).empty());
}

TEST(BoundedFile, SaysWhyAFileCannotBeOpened) {
  const TemporaryFolder folder;
  try {
    const BoundedFile file(folder / "missing");
    FAIL() << "opened a missing file";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
  }
}

TEST(BoundedFile, DoesNotWaitForAPipe) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(BoundedFile(folder / "pipe").is_regular());
}

}  // namespace
}  // namespace ovserve
