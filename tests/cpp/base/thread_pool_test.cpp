#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <utility>

namespace ovserve {
namespace {

constexpr std::chrono::seconds kLong{60};

TEST(ThreadPool, RunsEverythingBeforeItEnds) {
  std::atomic<int> done{0};
  ThreadPool pool(2);
  for (int i = 0; i < 100; ++i) pool.post([&] { ++done; });
  ASSERT_TRUE(pool.finish(kLong));
  EXPECT_EQ(done, 100);
}

TEST(ThreadPool, RunsTasksBesideEachOther) {
  ThreadPool pool(2);
  std::promise<void> first;
  std::promise<void> second;
  pool.post([&] {
    first.set_value();
    second.get_future().wait();
  });
  pool.post([&] {
    first.get_future().wait();
    second.set_value();
  });
  EXPECT_TRUE(pool.finish(kLong));
}

TEST(ThreadPool, RunsLateTasksOnTheCallingThread) {
  ThreadPool pool(1);
  ASSERT_TRUE(pool.finish(kLong));
  bool done = false;
  pool.post([&] { done = true; });
  EXPECT_TRUE(done);
}

TEST(ThreadPool, KnowsItsThreads) {
  ThreadPool pool(1);
  ThreadPool other(1);
  std::promise<std::pair<bool, bool>> inside;
  pool.post([&] { inside.set_value({pool.is_here(), other.is_here()}); });
  EXPECT_EQ(inside.get_future().get(), (std::pair{true, false}));
  EXPECT_FALSE(pool.is_here());
  ASSERT_TRUE(pool.finish(kLong));
  ASSERT_TRUE(other.finish(kLong));
}

}  // namespace
}  // namespace ovserve
