#include "codec/json_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace ovserve::json {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

template <class Number>
std::string printed(Number value) {
  std::string out;
  append_number(out, value);
  return out;
}

TEST(JsonString, EscapesWhatMustBe) {
  EXPECT_EQ(quoted("plain"), "\"plain\"");
  EXPECT_EQ(quoted("a\"b\\c\n\t\r\x01\x1f"), R"("a\"b\\c\n\t\r\u0001\u001f")");
  EXPECT_EQ(quoted("\xC3\xA9/"), "\"\xC3\xA9/\"");
}

TEST(JsonString, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(quoted("a\xFF\xC3\xA9\xE2\x82"), "\"a\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonNumber, FloatsAreShortestAndLookLikeFloats) {
  EXPECT_EQ(printed(0.1F), "0.1");
  EXPECT_EQ(printed(1.0F), "1.0");
  EXPECT_EQ(printed(-0.0F), "-0.0");
  EXPECT_EQ(printed(16777216.0F), "16777216.0");
  EXPECT_EQ(printed(1e20F), "1e+20");
  EXPECT_EQ(printed(0.1), "0.1");
  EXPECT_EQ(printed(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
}

TEST(JsonNumber, WritesTheTokensOfTensorFlowServing) {
  EXPECT_EQ(printed(std::numeric_limits<float>::quiet_NaN()), "NaN");
  EXPECT_EQ(printed(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(printed(-std::numeric_limits<float>::infinity()), "-Infinity");
}

TEST(JsonNumber, IntegersAreExact) {
  EXPECT_EQ(printed(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(printed(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

}  // namespace
}  // namespace ovserve::json
