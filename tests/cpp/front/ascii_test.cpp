#include "front/ascii.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ovserve::front {
namespace {

TEST(Ascii, ComparesWithoutCase) {
  EXPECT_TRUE(same_text("Chunked", "cHUNKED"));
  EXPECT_FALSE(same_text("chunked", "chunke"));
  EXPECT_FALSE(same_text("[", "{"));
  EXPECT_FALSE(same_text("\xC4", "\xE4"));
}

TEST(Ascii, SplitsLists) {
  std::vector<std::string> elements;
  for_each_element(" a,b\t, ,c d ", [&](std::string_view element) { elements.emplace_back(element); });
  EXPECT_EQ(elements, (std::vector<std::string>{"a", "b", "", "c d"}));
  elements.clear();
  for_each_element("", [&](std::string_view element) { elements.emplace_back(element); });
  EXPECT_EQ(elements, std::vector<std::string>{""});
}

}  // namespace
}  // namespace ovserve::front
