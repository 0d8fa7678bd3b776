#include "metrics/text_exposition.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

TEST(TextExposition, WritesOneHeaderAndEscapesLabels) {
  std::string out;
  FamilyText text(out, "requests", "counter", "Of all.");
  text.sample({{"name", "a\"b\\c\nd"}, {"version", "1"}}, std::uint64_t{3});
  text.sample({}, std::int64_t{-2});
  EXPECT_EQ(out,
            "# HELP requests Of all.\n# TYPE requests counter\n"
            "requests{name=\"a\\\"b\\\\c\\nd\",version=\"1\"} 3\nrequests -2\n");
}

TEST(TextExposition, AFamilyWithoutSamplesLeavesNoTrace) {
  std::string out;
  const FamilyText text(out, "requests", "counter", "Of all.");
  EXPECT_EQ(out, "");
}

TEST(TextExposition, HistogramsAreCumulative) {
  Histogram histogram;
  histogram.observe(std::chrono::microseconds(5));
  histogram.observe(std::chrono::nanoseconds(15'020));
  histogram.observe(std::chrono::hours(1));
  std::string out;
  FamilyText(out, "t", "histogram", "h").histogram({{"name", "m"}}, histogram.snapshot());
  EXPECT_NE(out.find("t_bucket{name=\"m\",le=\"10\"} 1\nt_bucket{name=\"m\",le=\"18\"} 2\n"), std::string::npos);
  EXPECT_NE(out.find("t_bucket{name=\"m\",le=\"+Inf\"} 3\nt_sum{name=\"m\"} 3600000020.020\nt_count{name=\"m\"} 3\n"),
            std::string::npos);
}

TEST(TextExposition, MicrosecondsHaveDecimalsOnlyWhereNeeded) {
  EXPECT_EQ(microseconds_text(0), "0");
  EXPECT_EQ(microseconds_text(2000), "2");
  EXPECT_EQ(microseconds_text(2007), "2.007");
}

}  // namespace
}  // namespace ovserve
