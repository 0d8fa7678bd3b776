#include "front/body.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace ovserve::front {
namespace {

std::shared_ptr<MemoryShare> share_of(const std::shared_ptr<MemoryBudget>& budget) {
  return std::make_shared<MemoryShare>(budget, budget->limit());
}

bool is_aligned(const Body& body) { return reinterpret_cast<std::uintptr_t>(body.data()) % Body::kAlignment == 0; }

// Reads the padding: under the address sanitizer it must be ours.
int padding_of(const Body& body) {
  int sum = 0;
  for (std::size_t i = 0; i < Body::kPadding; ++i) sum += body.data()[body.size() + i];
  return sum;
}

TEST(Body, IsAlignedAndPaddedAtAnySize) {
  Body body;
  EXPECT_TRUE(is_aligned(body));
  EXPECT_EQ(padding_of(body), 0);
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string part(static_cast<std::size_t>(i % 97), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(body.append(part));
    expected += part;
    ASSERT_TRUE(is_aligned(body));
    ASSERT_EQ(padding_of(body), 0);
  }
  EXPECT_TRUE(body.view() == expected);
}

TEST(Body, TakesBytesInPlace) {
  Body body;
  ASSERT_TRUE(body.expect(1000));
  EXPECT_EQ(body.tail(5000).size(), 1000U);
  const auto place = body.tail(10);
  ASSERT_EQ(place.size(), 10U);
  std::string("0123456789").copy(place.data(), 10);
  ASSERT_TRUE(body.commit(10));
  EXPECT_EQ(body.view(), "0123456789");
  EXPECT_EQ(body.tail(5000).data(), place.data() + 10);
  EXPECT_EQ(body.tail(5000).size(), 990U);
}

TEST(Body, GrowsBeyondWhatIsSetAsideForALargeOne) {
  Body body;
  const std::size_t size = std::size_t{200} << 20U;
  ASSERT_TRUE(body.expect(size));
  const std::string part(std::size_t{10} << 20U, 'p');
  while (body.size() < size) ASSERT_TRUE(body.append(std::string_view(part).substr(0, size - body.size())));
  EXPECT_TRUE(is_aligned(body));
  EXPECT_EQ(body.view().find_first_not_of('p'), std::string_view::npos);
}

TEST(Body, CountsInTheBudgetUntilItGoes) {
  const auto budget = std::make_shared<MemoryBudget>(10'000);
  const auto share = share_of(budget);
  {
    Body body(share);
    ASSERT_TRUE(body.expect(4000));
    EXPECT_EQ(budget->used(), 0U) << "an announcement costs nothing";
    ASSERT_TRUE(body.append("x"));
    EXPECT_EQ(budget->used(), 4000U);
    Body moved(std::move(body));
    EXPECT_EQ(budget->used(), 4000U);
    Body second(share);
    ASSERT_TRUE(second.append(std::string(3000, 'y')));
    EXPECT_GE(budget->used(), 7000U);
    moved = std::move(second);
    EXPECT_LT(budget->used(), 7000U);
    EXPECT_EQ(moved.size(), 3000U);
    EXPECT_FALSE(moved.append(std::string(9000, 'z')));
  }
  EXPECT_EQ(budget->used(), 0U);
}

TEST(Body, IsChargedAsItArrives) {
  const auto budget = std::make_shared<MemoryBudget>(std::size_t{1} << 40U);
  const auto share = share_of(budget);
  Body body(share);
  ASSERT_TRUE(body.expect(std::size_t{1} << 30U));
  ASSERT_TRUE(body.append(std::string(100, 'x')));
  EXPECT_LE(budget->used(), std::size_t{2} << 20U);
}

TEST(Body, TakesOverTheMemoryOfOneThatHasGone) {
  const auto budget = std::make_shared<MemoryBudget>(std::size_t{1} << 30U);
  const char* place = nullptr;
  {
    Body first(share_of(budget));
    ASSERT_TRUE(first.expect(3'000'000));
    ASSERT_TRUE(first.append(std::string(3'000'000, 'x')));
    place = first.data();
  }
  EXPECT_GE(budget->blocks().kept(), 3'000'000U);
  EXPECT_EQ(budget->used(), 0U);
  Body second(share_of(budget));
  ASSERT_TRUE(second.expect(2'000'000));
  EXPECT_EQ(padding_of(second), 0);
  EXPECT_EQ(budget->blocks().kept(), 0U);
  ASSERT_TRUE(second.append("abc"));
  EXPECT_EQ(second.data(), place);
  EXPECT_EQ(second.view(), "abc");
  EXPECT_EQ(padding_of(second), 0);
  // It grows as any other.
  ASSERT_TRUE(second.append(std::string(5'000'000, 'y')));
  EXPECT_TRUE(second.view().substr(3) == std::string(5'000'000, 'y'));
  EXPECT_TRUE(is_aligned(second));
}

}  // namespace
}  // namespace ovserve::front
