#include "front/output_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace ovserve::front {
namespace {

std::string taken(OutputQueue& queue, std::size_t most) {
  std::array<iovec, 16> entries;
  const std::size_t count = queue.fill(entries.data(), entries.size());
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.append(static_cast<char*>(entries[i].iov_base), entries[i].iov_len);
  bytes.resize(std::min(bytes.size(), most));
  queue.consume(bytes.size());
  return bytes;
}

TEST(OutputQueue, GivesWhatItGotInAnyPieces) {
  BlockPool pool;
  OutputQueue queue(pool);
  std::mt19937 random(7);
  std::string expected;
  std::string given;
  for (int i = 0; i < 2000; ++i) {
    const std::string part(random() % (i % 50 == 0 ? 40'000 : 300), static_cast<char>('a' + i % 26));
    expected += part;
    if (random() % 3 == 0) {
      const auto owner = std::make_shared<std::string>(part);
      queue.append_view(*owner, owner);
    } else {
      queue.append_copy(part);
    }
    if (random() % 2 == 0) given += taken(queue, random() % 3000);
    ASSERT_EQ(queue.size(), expected.size() - given.size());
    ASSERT_LE(queue.lent(), queue.size());
  }
  while (!queue.empty()) given += taken(queue, 5000);
  EXPECT_TRUE(given == expected);
  EXPECT_EQ(queue.lent(), 0U);
}

TEST(OutputQueue, LetsOwnersGoAsSoonAsTheirBytesAreWritten) {
  BlockPool pool;
  OutputQueue queue(pool);
  auto first = std::make_shared<std::string>("first");
  auto second = std::make_shared<std::string>("second");
  queue.append_view(*first, first);
  queue.append_view(*second, second);
  const std::weak_ptr<std::string> first_left = first;
  const std::weak_ptr<std::string> second_left = second;
  first.reset();
  second.reset();
  queue.consume(4);
  EXPECT_FALSE(first_left.expired());
  queue.consume(1);
  EXPECT_TRUE(first_left.expired());
  EXPECT_FALSE(second_left.expired());
  queue.clear();
  EXPECT_TRUE(second_left.expired());
}

TEST(OutputQueue, CopiesWhatLiesWithOthers) {
  BlockPool pool;
  OutputQueue queue(pool);
  const auto budget = std::make_shared<MemoryBudget>(1000);
  const auto share = std::make_shared<MemoryShare>(budget, 1000);
  auto owner = std::make_shared<std::string>(700, 'l');
  const std::weak_ptr<std::string> left = owner;
  queue.append_copy("head ");
  queue.append_view(*owner, owner);
  queue.append_copy(" tail");
  owner.reset();
  queue.consume(105);
  ASSERT_TRUE(queue.copy_lent(share));
  EXPECT_TRUE(left.expired());
  EXPECT_GE(budget->used(), 600U);
  auto too_large = std::make_shared<std::string>(900, 'x');
  queue.append_view(*too_large, too_large);
  EXPECT_FALSE(queue.copy_lent(share));
  EXPECT_EQ(taken(queue, 605), std::string(600, 'l') + " tail");
  EXPECT_EQ(budget->used(), 0U);
  EXPECT_EQ(taken(queue, 900), std::string(900, 'x'));
}

}  // namespace
}  // namespace ovserve::front
