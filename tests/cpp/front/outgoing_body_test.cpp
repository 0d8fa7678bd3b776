#include "front/outgoing_body.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace ovserve::front {
namespace {

constexpr std::size_t kSmall = 100;

std::string written(OutputQueue& queue) {
  std::string bytes;
  while (!queue.empty()) {
    std::array<iovec, 4> entries;
    const std::size_t count = queue.fill(entries.data(), entries.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) {
      bytes.append(static_cast<char*>(entries[i].iov_base), entries[i].iov_len);
      size += entries[i].iov_len;
    }
    queue.consume(size);
  }
  return bytes;
}

ByteChain chain(const std::shared_ptr<std::string>& owner, std::size_t cut) {
  const std::string_view text = *owner;
  return {{text.substr(0, cut), text.substr(cut)}, owner};
}

TEST(OutgoingBody, GivesItsBytesInOrderAndInAnySizes) {
  BlockPool pool;
  OutputQueue queue(pool);
  OutgoingBody body(kSmall);
  std::string expected;
  for (const std::size_t size : {0, 1, 99, 100, 101, 600, 5000, 3, 0}) {
    const auto owner = std::make_shared<std::string>(size, static_cast<char>('a' + size % 26));
    body.add("<>", chain(owner, size / 3));
    expected += "<>" + *owner;
  }
  body.add("", {});
  EXPECT_EQ(body.size(), expected.size());
  for (std::size_t step = 1; !body.empty(); step += 37) body.move_to(queue, std::min(step, body.size()));
  EXPECT_TRUE(written(queue) == expected);
}

TEST(OutgoingBody, LetsOwnersOfSmallChainsGoAtOnce) {
  OutgoingBody body(kSmall);
  auto small = std::make_shared<std::string>(kSmall, 's');
  auto large = std::make_shared<std::string>(kSmall + 1, 'l');
  const std::weak_ptr<std::string> small_left = small;
  const std::weak_ptr<std::string> large_left = large;
  body.add("", chain(small, 5));
  body.add("", chain(large, 5));
  small.reset();
  large.reset();
  EXPECT_TRUE(small_left.expired());
  EXPECT_FALSE(large_left.expired());
  const auto budget = std::make_shared<MemoryBudget>(1000);
  EXPECT_TRUE(body.copy_lent(std::make_shared<MemoryShare>(budget, 1000)));
  EXPECT_TRUE(large_left.expired());
  BlockPool pool;
  OutputQueue queue(pool);
  body.move_to(queue, body.size());
  EXPECT_EQ(written(queue), std::string(kSmall, 's') + std::string(kSmall + 1, 'l'));
}

}  // namespace
}  // namespace ovserve::front
