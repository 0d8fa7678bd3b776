#include "engine/layout_letters.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

TEST(LayoutLetters, OneForEachDimension) {
  EXPECT_EQ(layout_letters(ov::Layout("NHWC"), 4), "NHWC");
  EXPECT_EQ(layout_letters(ov::Layout("nchw"), 4), "NCHW");
  EXPECT_EQ(layout_letters(ov::Layout("[N,H,W,C]"), 4), "NHWC");
  EXPECT_EQ(layout_letters(ov::Layout("N?HW"), 4), "N?HW");
}

TEST(LayoutLetters, FillsWhatIsOpen) {
  EXPECT_EQ(layout_letters(ov::Layout("N..."), 4), "N???");
  EXPECT_EQ(layout_letters(ov::Layout("...C"), 4), "???C");
  EXPECT_EQ(layout_letters(ov::Layout("N...C"), 3), "N?C");
  EXPECT_EQ(layout_letters(ov::Layout("N...C"), 2), "NC");
}

TEST(LayoutLetters, NamesThatAreNoLettersSayNothing) {
  EXPECT_EQ(layout_letters(ov::Layout("[N,rows,columns,C]"), 4), "N??C");
}

TEST(LayoutLetters, EmptyWhereNothingIsSaid) {
  EXPECT_EQ(layout_letters(ov::Layout(), 4), "");
  EXPECT_EQ(layout_letters(ov::Layout("..."), 4), "");
  EXPECT_EQ(layout_letters(ov::Layout("????"), 4), "");
  EXPECT_EQ(layout_letters(ov::Layout::scalar(), 0), "");
}

TEST(LayoutLetters, EmptyWhereItDoesNotFit) {
  EXPECT_EQ(layout_letters(ov::Layout("NHWC"), 3), "");
  EXPECT_EQ(layout_letters(ov::Layout("N...C"), 1), "");
}

}  // namespace
}  // namespace ovserve
