#include "front/gzip.h"

#include <gtest/gtest.h>

#include <stop_token>
#include <string>

#include "echo_handler.h"

namespace ovserve::front {
namespace {

std::string packed(const std::string& plain) { return std::string(gzip(chain_of(plain)).pieces.front()); }

TEST(Gzip, InflatesWhatItDeflated) {
  for (const std::size_t size : {0, 1, 1000, 300'000}) {
    std::string plain(size, 'a');
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<char>(i * i >> 5U);
    Body inflated;
    ASSERT_EQ(inflate(packed(plain), size, inflated), InflateResult::kOk) << size;
    EXPECT_TRUE(inflated.view() == plain) << size;
  }
}

TEST(Gzip, DeflatesPiecesAsOne) {
  const std::string text = "some bytes in pieces";
  ByteChain chain;
  chain.pieces = {std::string_view(text).substr(0, 5), {}, std::string_view(text).substr(5)};
  Body inflated;
  ASSERT_EQ(inflate(gzip(chain).pieces.front(), 100, inflated), InflateResult::kOk);
  EXPECT_EQ(inflated.view(), text);
}

TEST(Gzip, StopsAtTheLimit) {
  const std::string bomb = packed(std::string(10'000'000, '\0'));
  Body inflated;
  EXPECT_EQ(inflate(bomb, 1'000'000, inflated), InflateResult::kTooLarge);
  EXPECT_LE(inflated.size(), 1'000'001U);
  Body exactly;
  EXPECT_EQ(inflate(bomb, 10'000'000, exactly), InflateResult::kOk);
}

TEST(Gzip, StopsAtTheBudget) {
  const auto budget = std::make_shared<MemoryBudget>(500'000);
  Body inflated(std::make_shared<MemoryShare>(budget, 500'000));
  EXPECT_EQ(inflate(packed(std::string(10'000'000, '\0')), 10'000'000, inflated), InflateResult::kNoMemory);
}

TEST(Gzip, StopsWhenTold) {
  std::stop_source source;
  source.request_stop();
  Body inflated;
  EXPECT_EQ(inflate(packed("x"), 10, inflated, source.get_token()), InflateResult::kStopped);
}

TEST(Gzip, RefusesWhatIsBroken) {
  const std::string good = packed("some text that is long enough to be compressed, compressed, compressed");
  for (std::size_t size = 0; size < good.size(); ++size) {
    Body inflated;
    EXPECT_EQ(inflate(std::string_view(good).substr(0, size), 1000, inflated), InflateResult::kBroken) << size;
  }
  for (const std::string& behind : {std::string("x"), std::string(30, '\0'), good.substr(0, 20)}) {
    Body inflated;
    EXPECT_EQ(inflate(good + behind, 1000, inflated), InflateResult::kBroken);
  }
}

// RFC 1952, 2.2.
TEST(Gzip, TakesPartsOneAfterTheOther) {
  Body inflated;
  EXPECT_EQ(inflate(packed("one, ") + packed("") + packed("two"), 8, inflated), InflateResult::kOk);
  EXPECT_EQ(inflated.view(), "one, two");
  Body limited;
  EXPECT_EQ(inflate(packed("one, ") + packed("two"), 7, limited), InflateResult::kTooLarge);
}

}  // namespace
}  // namespace ovserve::front
