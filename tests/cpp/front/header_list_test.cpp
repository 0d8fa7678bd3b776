#include "front/header_list.h"

#include <gtest/gtest.h>

#include <utility>

namespace ovserve::front {
namespace {

TEST(HeaderList, KeepsFieldsInOrderWithNamesInLowerCase) {
  HeaderList headers;
  headers.add("Content-Type", "Text/Plain");
  headers.add("x-empty", "");
  headers.add("X-EMPTY", "second");
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers[0].name, "content-type");
  EXPECT_EQ(headers[0].value, "Text/Plain");
  EXPECT_EQ(headers.find("x-empty"), "");
  EXPECT_EQ(headers[2].value, "second");
  EXPECT_FALSE(headers.find("nothing").has_value());
  EXPECT_EQ(headers.weight(), 12 + 10 + 7 + 7 + 6 + 3 * 32U);
}

TEST(HeaderList, CanBeMoved) {
  HeaderList headers;
  headers.add("a", "b");
  const HeaderList moved = std::move(headers);
  EXPECT_EQ(moved.find("a"), "b");
}

}  // namespace
}  // namespace ovserve::front
