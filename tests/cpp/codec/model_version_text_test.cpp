#include "codec/model_version_text.h"

#include <gtest/gtest.h>

#include "codec/error_expectation.h"

namespace ovserve {
namespace {

TEST(ModelVersionText, EmptyAndZeroMeanNone) {
  EXPECT_FALSE(parse_model_version("").has_value());
  EXPECT_FALSE(parse_model_version("0").has_value());
}

TEST(ModelVersionText, ReadsDecimalNumbers) {
  EXPECT_EQ(parse_model_version("7"), 7);
  EXPECT_EQ(parse_model_version("-1"), -1);
  EXPECT_EQ(parse_model_version("9223372036854775807"), 9223372036854775807);
}

TEST(ModelVersionText, RefusesEverythingElse) {
  for (const char* text : {"x", "1x", " 1", "1.0", "+1", "9223372036854775808", "latest"}) {
    EXPECT_EQ(testing::error_of(ErrorCode::kInvalidArgument, [&] { parse_model_version(text); }),
              "invalid model version format in request")
        << text;
  }
}

}  // namespace
}  // namespace ovserve
