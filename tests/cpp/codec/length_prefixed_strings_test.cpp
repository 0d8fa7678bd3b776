#include "codec/length_prefixed_strings.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "codec/error_expectation.h"

namespace ovserve {
namespace {

constexpr std::string_view kTwo{"\x03\x00\x00\x00one\x00\x00\x00\x00", 11};

TEST(LengthPrefixedStrings, ReadsEachElement) {
  EXPECT_EQ(parse_length_prefixed_strings(kTwo, "s"), (std::vector<std::string>{"one", ""}));
  EXPECT_TRUE(parse_length_prefixed_strings("", "s").empty());
}

TEST(LengthPrefixedStrings, WritesWhatItReads) {
  const std::string strings[] = {"one", ""};
  const TensorView tensor{ElementType::kString, {2}, strings, sizeof(strings)};
  ASSERT_EQ(length_prefixed_size(tensor), kTwo.size());
  std::string written(kTwo.size(), '\x55');
  EXPECT_EQ(write_length_prefixed_strings(tensor, written.data()), written.data() + written.size());
  EXPECT_EQ(written, kTwo);
}

TEST(LengthPrefixedStrings, NamesTheElementThatIsCutShort) {
  for (std::size_t size = 1; size < kTwo.size(); ++size) {
    if (size == 7) continue;
    const std::string text = testing::error_of(ErrorCode::kInvalidArgument,
                                               [&] { parse_length_prefixed_strings(kTwo.substr(0, size), "s"); });
    EXPECT_NE(text.find(size < 7 ? "element 0 is cut short" : "element 1 is cut short"), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with("; input name: s")) << text;
  }
}

TEST(LengthPrefixedStrings, RefusesTheLargestLength) {
  testing::error_of(ErrorCode::kInvalidArgument, [] { parse_length_prefixed_strings("\xFF\xFF\xFF\xFF....", "s"); });
}

}  // namespace
}  // namespace ovserve
