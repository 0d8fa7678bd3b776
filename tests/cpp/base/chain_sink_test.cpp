#include "base/chain_sink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace ovserve {
namespace {

using Pieces = std::vector<std::string_view>;

char* write(ChainSink& sink, std::string_view text) {
  char* const block = sink.allocate(text.size());
  std::copy(text.begin(), text.end(), block);
  return block;
}

TEST(ChainSink, KeepsWhatIsWritten) {
  ChainSink sink;
  write(sink, "head");
  EXPECT_FALSE(sink.has_placed());
  EXPECT_EQ(sink.size(), 4U);
  const ByteChain chain = sink.take();
  EXPECT_EQ(chain.pieces, Pieces{"head"});
  EXPECT_EQ(chain.size(), 4U);
  EXPECT_NE(chain.owner, nullptr);
}

TEST(ChainSink, AnEmptyMessageHasNoPieces) {
  ChainSink sink;
  sink.allocate(0);
  EXPECT_TRUE(sink.take().pieces.empty());
}

TEST(ChainSink, PutsContentWhereItBelongs) {
  const std::string content(100, 'c');
  ChainSink sink;
  char* const block = write(sink, "12345");
  sink.place(block, content);
  sink.place(block + 2, "middle");
  sink.place(block + 2, "next to it");
  sink.place(block + 5, "end");
  EXPECT_EQ(sink.size(), 5 + 100 + 6 + 10 + 3U);
  const ByteChain chain = sink.take();
  EXPECT_EQ(chain.pieces, (Pieces{content, "12", "middle", "next to it", "345", "end"}));
  EXPECT_EQ(chain.pieces[0].data(), content.data());
}

TEST(ChainSink, KeepsTheOwnerOfContentItRefersTo) {
  const auto owner = std::make_shared<const std::string>("content");
  ChainSink sink;
  sink.place(write(sink, "head"), *owner);
  ByteChain chain = sink.take(owner);
  EXPECT_EQ(owner.use_count(), 2);
  EXPECT_EQ(chain.pieces, (Pieces{"content", "head"}));
  chain = {};
  EXPECT_EQ(owner.use_count(), 1);
}

TEST(ChainSink, KeepsNoOwnerWithoutNeed) {
  const auto owner = std::make_shared<const std::string>("content");
  ChainSink sink;
  write(sink, "head");
  const ByteChain chain = sink.take(owner);
  EXPECT_EQ(owner.use_count(), 1);
}

TEST(ChainSink, TakesATextWithoutCopyingIt) {
  std::string text(1000, 't');
  const char* const data = text.data();
  ChainSink sink;
  sink.adopt(std::move(text));
  EXPECT_EQ(sink.size(), 1000U);
  const ByteChain chain = sink.take();
  ASSERT_EQ(chain.pieces.size(), 1U);
  EXPECT_EQ(chain.pieces[0].data(), data);
  EXPECT_EQ(chain.size(), 1000U);
}

class PlainSink : public ByteSink {
 public:
  char* allocate(std::size_t size) override {
    written.resize(size);
    return written.data();
  }
  std::string written;
};

TEST(ByteSink, WritesATextIntoItsBlock) {
  PlainSink sink;
  sink.adopt("text");
  EXPECT_EQ(sink.written, "text");
}

}  // namespace
}  // namespace ovserve
