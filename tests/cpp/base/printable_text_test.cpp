#include "base/printable_text.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

TEST(PrintableText, KeepsOrdinaryTextAndUtf8) {
  EXPECT_EQ(printable_text("boom"), "boom");
  EXPECT_EQ(printable_text("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80");
}

TEST(PrintableText, MakesOneLine) { EXPECT_EQ(printable_text("\n a\nb\tc\r\n"), "a b c"); }

TEST(PrintableText, IsEmptyForBlankText) { EXPECT_EQ(printable_text(" \n\t "), ""); }

TEST(PrintableText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(printable_text("a\xFFz"), "a?z");
  EXPECT_EQ(printable_text("a\xC3"), "a?");               // cut off
  EXPECT_EQ(printable_text("\xC0\xAF"), "??");            // overlong
  EXPECT_EQ(printable_text("\xED\xA0\x80"), "???");       // surrogate
  EXPECT_EQ(printable_text("\xF4\x90\x80\x80"), "????");  // beyond U+10FFFF
  EXPECT_EQ(printable_text("\xE2\x28\xA1"), "?(?");       // bad continuation
}

TEST(PrintableText, CutsAtTheLimitWithoutSplittingACharacter) {
  EXPECT_EQ(printable_text("abcdef", 3), "abc...");
  EXPECT_EQ(printable_text("abcdef", 6), "abcdef");
  EXPECT_EQ(printable_text("ab\xC3\xBC", 3), "ab...");
}

}  // namespace
}  // namespace ovserve
