#include "front/flood_guard.h"

#include <gtest/gtest.h>

namespace ovserve::front {
namespace {

using std::chrono::seconds;

FloodGuard::Clock::time_point at(int s) { return FloodGuard::Clock::time_point(seconds(s)); }

TEST(FloodGuard, LetsBurstsPassAndEndsFloods) {
  FloodGuard guard(at(0));
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(guard.spend(at(0)));
  EXPECT_FALSE(guard.spend(at(0)));
}

TEST(FloodGuard, LetsASteadyTrickleGoOnForEver) {
  FloodGuard guard(at(0));
  for (int s = 0; s < 1000; ++s) {
    for (int i = 0; i < 150; ++i) ASSERT_TRUE(guard.spend(at(s))) << s;
  }
}

TEST(FloodGuard, LetsAClientThatWorksSpendMore) {
  FloodGuard guard(at(0));
  for (int i = 0; i < 100'000; ++i) {
    guard.earn(4);
    ASSERT_TRUE(guard.spend(at(0), 3));
  }
}

TEST(FloodGuard, LetsWindowUpdatesAnswerDataWheneverTheyCome) {
  FloodGuard guard(at(0));
  for (int i = 0; i < 100'000; ++i) guard.data_sent();
  for (int i = 0; i < 200'000; ++i) ASSERT_TRUE(guard.take_window_update(at(0)));
  // Those beyond are like any frame that brings nothing.
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(guard.take_window_update(at(0)));
  EXPECT_FALSE(guard.take_window_update(at(0)));
}

TEST(FloodGuard, HasDataPayForNothingElse) {
  FloodGuard guard(at(0));
  for (int i = 0; i < 100'000; ++i) guard.data_sent();
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(guard.spend(at(0)));
  EXPECT_FALSE(guard.spend(at(0)));
}

}  // namespace
}  // namespace ovserve::front
