#include "codec/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace ovserve {
namespace {

TEST(IsUtf8, AcceptsWellFormedText) {
  for (const std::string& text : {std::string(), std::string("ascii"), std::string("\0", 1),
                                  std::string("na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x98\x80"), std::string(100, 'a')}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(IsUtf8, RefusesMalformedText) {
  for (const char* text : {"\xFF", "\xC3", "\x80", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
    EXPECT_FALSE(is_utf8(std::string(100, 'a') + text)) << text;
  }
}

}  // namespace
}  // namespace ovserve
