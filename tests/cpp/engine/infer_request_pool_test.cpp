#include "engine/infer_request_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <openvino/runtime/core.hpp>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<InferRequestPool> pool_of(std::uint32_t limit) {
  ov::Core core;
  return InferRequestPool::create(core.compile_model(testing::add_one(), "CPU"), limit);
}

TEST(InferRequestPool, LendsDifferentRequestsUpToItsLimit) {
  const auto pool = pool_of(3);
  const InferRequestPool::Lease first = pool->acquire();
  const InferRequestPool::Lease second = pool->acquire();
  const InferRequestPool::Lease third = pool->acquire();
  EXPECT_EQ((std::set<BoundRequest*>{&*first, &*second, &*third}).size(), 3U);
  EXPECT_EQ(pool->limit(), 3U);
}

TEST(InferRequestPool, LendsAgainWhatCameBack) {
  const auto pool = pool_of(1);
  const BoundRequest* request = &*pool->acquire();
  EXPECT_EQ(&*pool->acquire(), request);
}

TEST(InferRequestPool, WaitsUntilARequestComesBack) {
  const auto pool = pool_of(1);
  std::optional<InferRequestPool::Lease> lease(pool->acquire());
  auto waiting = std::async(std::launch::async, [&] { return &*pool->acquire(); });
  EXPECT_EQ(waiting.wait_for(20ms), std::future_status::timeout);
  const BoundRequest* request = &**lease;
  lease.reset();
  ASSERT_EQ(waiting.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(waiting.get(), request);
}

TEST(InferRequestPool, LendsNothingToThoseWhoDoNotWaitWhileAllAreLent) {
  const auto pool = pool_of(1);
  std::optional<InferRequestPool::Lease> lease = pool->try_acquire();
  ASSERT_TRUE(lease);
  EXPECT_FALSE(pool->try_acquire());
  lease.reset();
  EXPECT_TRUE(pool->try_acquire());
}

/// Waits without a thread, and notes in which place it was served.
class Queued : public InferRequestPool::Waiter {
 public:
  Queued(std::vector<const Queued*>& order, bool takes) : order_(order), takes_(takes) {}

  void serve(InferRequestPool::Lease& given) noexcept override {
    order_.push_back(this);
    if (takes_) lease.emplace(std::move(given));
  }
  void fail() noexcept override { ADD_FAILURE(); }

  std::optional<InferRequestPool::Lease> lease;

 private:
  std::vector<const Queued*>& order_;
  const bool takes_;
};

TEST(InferRequestPool, ServesThoseInTheQueueInTheirTurn) {
  const auto pool = pool_of(1);
  std::vector<const Queued*> order;
  Queued first(order, true);
  Queued second(order, true);
  Queued third(order, true);
  first.lease = pool->acquire_or_queue(first);
  ASSERT_TRUE(first.lease);
  EXPECT_FALSE(pool->acquire_or_queue(second));
  EXPECT_FALSE(pool->acquire_or_queue(third));
  EXPECT_TRUE(order.empty());
  first.lease.reset();
  EXPECT_EQ(order, (std::vector<const Queued*>{&second}));
  EXPECT_FALSE(pool->try_acquire()) << "nobody may overtake";
  second.lease.reset();
  EXPECT_EQ(order, (std::vector<const Queued*>{&second, &third}));
}

TEST(InferRequestPool, ServesThreadsAndTheOthersInOneQueue) {
  const auto pool = pool_of(1);
  std::vector<const Queued*> order;
  std::optional<InferRequestPool::Lease> lease(pool->acquire());
  auto thread = std::async(std::launch::async, [&] { return pool->acquire(); });
  while (pool->load().waiting == 0) std::this_thread::yield();
  Queued behind(order, true);
  EXPECT_FALSE(pool->acquire_or_queue(behind));
  lease.reset();
  {
    ASSERT_EQ(thread.wait_for(30s), std::future_status::ready);
    const InferRequestPool::Lease of_thread = thread.get();
    EXPECT_TRUE(order.empty());
  }
  EXPECT_EQ(order.size(), 1U);
}

TEST(InferRequestPool, WhoIsWithdrawnIsNotServed) {
  const auto pool = pool_of(1);
  std::vector<const Queued*> order;
  std::optional<InferRequestPool::Lease> lease(pool->acquire());
  Queued first(order, true);
  Queued second(order, true);
  EXPECT_FALSE(pool->withdraw(first));
  EXPECT_FALSE(pool->acquire_or_queue(first));
  EXPECT_FALSE(pool->acquire_or_queue(second));
  EXPECT_TRUE(pool->withdraw(first));
  EXPECT_FALSE(pool->withdraw(first));
  lease.reset();
  EXPECT_EQ(order, (std::vector<const Queued*>{&second}));
  EXPECT_FALSE(pool->withdraw(second));
}

TEST(InferRequestPool, WhatIsNotTakenGoesToTheNext) {
  const auto pool = pool_of(1);
  std::vector<const Queued*> order;
  std::optional<InferRequestPool::Lease> lease(pool->acquire());
  std::vector<std::unique_ptr<Queued>> unwilling;
  for (int i = 0; i < 100'000; ++i) {  // as many as no stack could hold
    unwilling.push_back(std::make_unique<Queued>(order, false));
    EXPECT_FALSE(pool->acquire_or_queue(*unwilling.back()));
  }
  Queued last(order, true);
  EXPECT_FALSE(pool->acquire_or_queue(last));
  lease.reset();
  EXPECT_EQ(order.size(), unwilling.size() + 1);
  ASSERT_TRUE(last.lease);
  last.lease.reset();
  EXPECT_EQ(pool->load().lent, 0U);
}

TEST(InferRequestPool, AMovedLeaseGivesBackOnce) {
  const auto pool = pool_of(1);
  {
    InferRequestPool::Lease first = pool->acquire();
    const InferRequestPool::Lease second = std::move(first);
  }
  const InferRequestPool::Lease again = pool->acquire();
  auto waiting = std::async(std::launch::async, [&] { pool->acquire(); });
  EXPECT_EQ(waiting.wait_for(20ms), std::future_status::timeout);
  const InferRequestPool::Lease released = std::move(const_cast<InferRequestPool::Lease&>(again));
}

TEST(InferRequestPool, ServesManyThreadsNeverMoreThanTheLimitAtOnce) {
  const auto pool = pool_of(2);
  std::mutex mutex;
  std::set<const BoundRequest*> lent;
  bool lent_twice = false;
  std::size_t most = 0;
  std::vector<std::jthread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const InferRequestPool::Lease lease = pool->acquire();
        {
          const std::lock_guard lock(mutex);
          lent_twice = lent_twice || !lent.insert(&*lease).second;
          most = std::max(most, lent.size());
        }
        std::this_thread::yield();
        const std::lock_guard lock(mutex);
        lent.erase(&*lease);
      }
    });
  }
  threads.clear();
  EXPECT_FALSE(lent_twice);
  EXPECT_LE(most, 2U);
}

TEST(InferRequestPool, ALeaseKeepsThePoolAlive) {
  auto pool = pool_of(1);
  InferRequestPool::Lease lease = pool->acquire();
  const std::weak_ptr<InferRequestPool> watched = pool;
  pool.reset();
  EXPECT_FALSE(watched.expired());
  const std::vector<float> values(10);
  const TensorView tensor = testing::view(ElementType::kF32, {1, 10}, values);
  lease->run({&tensor, 1});
  EXPECT_EQ(testing::values_of<float>(lease->outputs()[0]), std::vector<float>(10, 1.0F));
}

}  // namespace
}  // namespace ovserve
