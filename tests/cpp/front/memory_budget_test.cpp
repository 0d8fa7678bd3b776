#include "front/memory_budget.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

namespace ovserve::front {
namespace {

TEST(MemoryBudget, HoldsItsLimit) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(41));
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.take(1));
  budget.give_back(10);
  EXPECT_TRUE(budget.take(10));
  EXPECT_FALSE(budget.take(std::numeric_limits<std::size_t>::max()));
  EXPECT_EQ(budget.used(), 100U);
}

TEST(MemoryBudget, HoldsItBetweenThreads) {
  MemoryBudget budget(1000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20'000; ++k) {
        if (!budget.take(300)) continue;
        EXPECT_LE(budget.used(), 1000U);
        budget.give_back(300);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(budget.used(), 0U);
}

TEST(MemoryShare, TakesOfTheBudgetAndOfItsOwn) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  MemoryShare one(budget, 60);
  MemoryShare two(budget, 60);
  EXPECT_FALSE(one.take(61));
  EXPECT_TRUE(one.take(60));
  EXPECT_FALSE(two.take(41));
  EXPECT_EQ(two.used(), 0U) << "a refusal by all leaves nothing with the share";
  EXPECT_TRUE(two.take(40));
  one.give_back(60);
  EXPECT_EQ(budget->used(), 40U);
}

}  // namespace
}  // namespace ovserve::front
