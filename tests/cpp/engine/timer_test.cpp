#include "engine/timer.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <vector>

namespace ovserve {
namespace {

using namespace std::chrono_literals;

TEST(Timer, CallsInTheOrderOfTheTimes) {
  Timer timer;
  std::vector<int> calls;
  std::promise<void> done;
  const auto now = Timer::Clock::now();
  timer.call_at(now + 40ms, [&] {
    calls.push_back(3);
    done.set_value();
  });
  timer.call_at(now + 20ms, [&] { calls.push_back(2); });
  timer.call_at(now - 1s, [&] { calls.push_back(1); });
  done.get_future().wait();
  EXPECT_GE(Timer::Clock::now(), now + 40ms);
  EXPECT_EQ(calls, (std::vector{1, 2, 3}));
}

TEST(Timer, DropsWhatHasNotBeenCalled) {
  const auto held = std::make_shared<int>();
  {
    Timer timer;
    timer.call_at(Timer::Clock::now() + 1h, [held] { FAIL(); });
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Timer, MayBeDestroyedByWhatItCalls) {
  auto timer = std::make_shared<Timer>();
  std::promise<void> gone;
  Timer* const plain = timer.get();
  plain->call_at(Timer::Clock::now() + 1ms, [last = std::move(timer), &gone]() mutable {
    last.reset();
    gone.set_value();
  });
  gone.get_future().wait();
}

}  // namespace
}  // namespace ovserve
