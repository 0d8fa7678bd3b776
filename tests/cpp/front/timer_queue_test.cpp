#include "front/timer_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace ovserve::front {
namespace {

using std::chrono::milliseconds;

Timer::Clock::time_point at(int ms) { return Timer::Clock::time_point(milliseconds(ms)); }

TEST(TimerQueue, RunsWhatIsDueInOrder) {
  TimerQueue queue;
  std::vector<int> ran;
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<int> times;
  for (int i = 0; i < 500; ++i) times.push_back(i);
  std::shuffle(times.begin(), times.end(), std::mt19937(1));
  for (const int time : times) {
    timers.push_back(std::make_unique<Timer>([&ran, time] { ran.push_back(time); }));
    timers.back()->set(queue, at(time));
  }
  // Every third is cancelled, every fifth moved to the end.
  std::vector<int> expected;
  std::vector<int> moved;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] % 3 == 0) {
      timers[i]->cancel();
    } else if (times[i] % 5 == 0) {
      timers[i]->set(queue, at(1000 + times[i]));
      moved.push_back(times[i]);
    } else {
      expected.push_back(times[i]);
    }
  }
  std::ranges::sort(expected);
  std::ranges::sort(moved);
  EXPECT_EQ(queue.next(), at(expected.front()));
  queue.run(at(250));
  EXPECT_EQ(ran.back(), 248);
  queue.run(at(999));
  EXPECT_EQ(ran, expected);
  queue.run(at(5000));
  expected.insert(expected.end(), moved.begin(), moved.end());
  EXPECT_EQ(ran, expected);
  EXPECT_FALSE(queue.next().has_value());
}

TEST(TimerQueue, LetsAnActionSetItsTimerAgainOrEndIt) {
  TimerQueue queue;
  int runs = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>([&] {
    EXPECT_FALSE(timer->is_set());
    if (++runs < 3) {
      timer->set(queue, at(10 * runs));
    } else {
      timer.reset();
    }
  });
  timer->set(queue, at(0));
  queue.run(at(100));
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(timer, nullptr);
}

TEST(TimerQueue, ForgetsTimersThatGo) {
  TimerQueue queue;
  {
    Timer timer([] { FAIL(); });
    timer.set(queue, at(1));
  }
  EXPECT_FALSE(queue.next().has_value());
  queue.run(at(2));
}

}  // namespace
}  // namespace ovserve::front
