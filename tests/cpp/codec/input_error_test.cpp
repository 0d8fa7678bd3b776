#include "codec/input_error.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/error_expectation.h"

namespace ovserve {
namespace {

TEST(InputError, NamesTheInput) {
  const auto text = [](const std::string& input) {
    return testing::error_of(ErrorCode::kInvalidArgument, [&] { throw_input_error("wrong", input); });
  };
  EXPECT_EQ(text("b"), "wrong; input name: b");
  EXPECT_EQ(text("line\nbreak"), "wrong; input name: line break");
  EXPECT_LT(text(std::string(100000, 'x')).size(), 300U);
}

}  // namespace
}  // namespace ovserve
