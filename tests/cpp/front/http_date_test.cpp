#include "front/http_date.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

namespace ovserve::front {
namespace {

TEST(HttpDate, IsNow) {
  const std::time_t before = std::time(nullptr);
  const std::string text(http_date());
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  ASSERT_NE(end, nullptr) << text;
  EXPECT_EQ(*end, '\0') << text;
  EXPECT_EQ(text.size(), 29U) << text;
  const std::time_t time = ::timegm(&parts);
  EXPECT_GE(time, before);
  EXPECT_LE(time, std::time(nullptr));
}

}  // namespace
}  // namespace ovserve::front
