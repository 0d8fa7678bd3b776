#include "gateway/open_streams.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace ovserve {
namespace {

using Streams = OpenStreams<int>;

std::vector<int> told(Streams& streams) {
  std::vector<int> all;
  streams.for_each([&all](int& stream) { all.push_back(stream); });
  return all;
}

TEST(OpenStreams, TellsThoseThatAreThere) {
  Streams streams;
  const auto one = std::make_shared<int>(1);
  auto two = std::make_shared<int>(2);
  EXPECT_EQ(streams.add(one), Streams::Added::kYes);
  EXPECT_EQ(streams.add(two), Streams::Added::kYes);
  EXPECT_EQ(told(streams), (std::vector{1, 2}));
  two.reset();
  EXPECT_EQ(told(streams), std::vector{1});
}

TEST(OpenStreams, CountsThoseAloneThatAreThere) {
  Streams streams(2);
  auto one = std::make_shared<int>(1);
  const auto two = std::make_shared<int>(2);
  const auto three = std::make_shared<int>(3);
  EXPECT_EQ(streams.add(one), Streams::Added::kYes);
  EXPECT_EQ(streams.add(two), Streams::Added::kYes);
  EXPECT_EQ(streams.add(three), Streams::Added::kTooMany);
  one.reset();
  EXPECT_EQ(streams.add(three), Streams::Added::kYes);
  EXPECT_EQ(told(streams), (std::vector{2, 3}));
}

TEST(OpenStreams, ForgetsManyThatCameAndWent) {
  Streams streams(3);
  const auto kept = std::make_shared<int>(0);
  EXPECT_EQ(streams.add(kept), Streams::Added::kYes);
  for (int i = 1; i < 1000; ++i) EXPECT_EQ(streams.add(std::make_shared<int>(i)), Streams::Added::kYes);
  EXPECT_EQ(told(streams), std::vector{0});
}

TEST(OpenStreams, TakesNoneOnceItIsClosed) {
  Streams streams;
  const auto one = std::make_shared<int>(1);
  streams.add(one);
  int last = 0;
  streams.close([&last](int& stream) { last += stream; });
  EXPECT_EQ(last, 1);
  EXPECT_EQ(streams.add(std::make_shared<int>(2)), Streams::Added::kClosed);
  EXPECT_EQ(told(streams), std::vector{1});
}

TEST(OpenStreams, CanBeUsedByAllThreads) {
  OpenStreams<std::atomic<int>> streams;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&streams] {
      for (int round = 0; round < 500; ++round) {
        const auto stream = std::make_shared<std::atomic<int>>(0);
        streams.add(stream);
        streams.for_each([](std::atomic<int>& told_one) { ++told_one; });
        EXPECT_GE(*stream, 1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace ovserve
