#include "front/large_blocks.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

namespace ovserve::front {
namespace {

// The analyzer does not see that blocks pass into the hands of others. NOLINTBEGIN(clang-analyzer-unix.Malloc)

constexpr std::size_t kMiB = std::size_t{1} << 20U;

LargeBlocks::Block block_of(std::size_t size) { return {static_cast<char*>(std::malloc(size)), size}; }

TEST(LargeBlocks, HandsOutWhatCameBackLast) {
  LargeBlocks blocks;
  const auto first = block_of(2 * kMiB);
  const auto second = block_of(2 * kMiB);
  blocks.give_back(first);
  blocks.give_back(second);
  EXPECT_EQ(blocks.kept(), 4 * kMiB);
  const auto taken = blocks.take(2 * kMiB - 1);
  EXPECT_EQ(taken.memory, second.memory);
  EXPECT_EQ(taken.size, 2 * kMiB);
  EXPECT_EQ(blocks.kept(), 2 * kMiB);
  blocks.give_back(taken);
}

TEST(LargeBlocks, WastesNoneOnSmallNeeds) {
  LargeBlocks blocks;
  blocks.give_back(block_of(8 * kMiB));
  EXPECT_EQ(blocks.take(2 * kMiB).memory, nullptr);
  EXPECT_EQ(blocks.take(9 * kMiB).memory, nullptr);
  const auto taken = blocks.take(4 * kMiB);
  EXPECT_EQ(taken.size, 8 * kMiB);
  blocks.give_back(taken);
}

TEST(LargeBlocks, KeepsNeitherSmallOnesNorTooMany) {
  LargeBlocks blocks;
  blocks.give_back(block_of(kMiB - 1));
  EXPECT_EQ(blocks.kept(), 0U);
  for (int i = 0; i < 10; ++i) blocks.give_back(block_of(10 * kMiB));
  EXPECT_EQ(blocks.kept(), 60 * kMiB);
}

TEST(LargeBlocks, LetsGoOfWhatNobodyWants) {
  LargeBlocks blocks;
  blocks.give_back(block_of(2 * kMiB));
  const auto now = LargeBlocks::Clock::now();
  blocks.let_go(now);
  EXPECT_EQ(blocks.kept(), 2 * kMiB);
  blocks.let_go(now + LargeBlocks::kKept);
  EXPECT_EQ(blocks.kept(), 0U);
  EXPECT_EQ(blocks.take(2 * kMiB).memory, nullptr);
}

TEST(LargeBlocks, IsForAnyThread) {
  LargeBlocks blocks;
  std::vector<std::thread> threads;
  for (char id = 0; id < 4; ++id) {
    threads.emplace_back([&blocks, id] {
      for (int i = 0; i < 1000; ++i) {
        auto block = blocks.take(kMiB);
        if (block.memory == nullptr) block = block_of(kMiB);
        block.memory[0] = id;
        std::this_thread::yield();
        EXPECT_EQ(block.memory[0], id);
        blocks.give_back(block);
        blocks.let_go(LargeBlocks::Clock::now());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(blocks.kept(), 4 * kMiB);
}

// NOLINTEND(clang-analyzer-unix.Malloc)

}  // namespace
}  // namespace ovserve::front
