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

TEST(HeaderList, LosesAllFieldsOfAName) {
  HeaderList list;
  list.add("a", "1");
  list.add("B", "2");
  list.add("A", "3");
  list.remove("a");
  list.remove("none");
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].name, "b");
  EXPECT_EQ(list[0].value, "2");
  EXPECT_EQ(list.find("a"), std::nullopt);
  list.add("c", "4");
  EXPECT_EQ(list.find("c"), "4");
}

TEST(HeaderList, CanBeMoved) {
  HeaderList headers;
  headers.add("a", "b");
  const HeaderList moved = std::move(headers);
  EXPECT_EQ(moved.find("a"), "b");
}

}  // namespace
}  // namespace ovserve::front
