#include "repository/task_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <future>
#include <vector>

namespace ovserve {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::seconds kLong{60};

TEST(TaskThread, RunsTasksInOrder) {
  TaskThread thread;
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) thread.post("task", kLong, [&order, i] { order.push_back(i); });
  ASSERT_TRUE(thread.finish(kLong));
  ASSERT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(TaskThread, ReportsALateTaskOnce) {
  std::promise<void> started;
  std::promise<void> release;
  TaskThread thread;
  thread.post("loadModel", milliseconds(0), [&] {
    started.set_value();
    release.get_future().wait();
  });
  started.get_future().wait();
  const auto late = thread.overdue();
  ASSERT_TRUE(late.has_value());
  EXPECT_EQ(late ? late->what : "", "loadModel");
  EXPECT_TRUE(thread.newly_overdue());
  EXPECT_FALSE(thread.newly_overdue());
  release.set_value();
  ASSERT_TRUE(thread.finish(kLong));
  EXPECT_FALSE(thread.overdue());
}

TEST(TaskThread, AHangingTaskIsAbandoned) {
  const auto release = std::make_shared<std::promise<void>>();
  const auto ended = std::make_shared<std::promise<void>>();
  std::promise<void> started;
  {
    TaskThread thread;
    thread.post("hang", kLong, [release, ended, &started] {
      started.set_value();
      release->get_future().wait();
      ended->set_value();
    });
    started.get_future().wait();
    EXPECT_FALSE(thread.finish(milliseconds(10)));
  }
  release->set_value();
  ended->get_future().wait();
}

TEST(TaskThread, ATaskThatEndsItsThreadCountsAsHanging) {
  bool reached = false;
  TaskThread thread;
  thread.post("loadModel", milliseconds(0), [] { pthread_exit(nullptr); });
  thread.post("never", kLong, [&] { reached = true; });
  while (!thread.overdue()) std::this_thread::yield();
  EXPECT_FALSE(thread.finish(milliseconds(10)));
  EXPECT_FALSE(reached);
}

}  // namespace
}  // namespace ovserve
