#include "gateway/replies.h"

#include <gtest/gtest.h>

#include "codec/chain_text.h"

namespace ovserve {
namespace {

using testing::text_of;

TEST(Replies, OwnTheirBytes) {
  std::string text = "some text that is long enough to lie elsewhere";
  ByteChain chain = to_chain(text);
  text.assign(text.size(), 'x');
  EXPECT_EQ(text_of(chain), "some text that is long enough to lie elsewhere");
  EXPECT_TRUE(to_chain("").pieces.empty());
}

TEST(Replies, SayErrorsInBothProtocols) {
  const Error error(ErrorCode::kNotFound, "no \"m\"");
  const front::GrpcReply grpc = grpc_error(error);
  EXPECT_EQ(grpc.code, front::GrpcCode::kNotFound);
  EXPECT_EQ(grpc.message, "no \"m\"");
  const front::HttpReply http = http_error(error);
  EXPECT_EQ(http.status, 404);
  EXPECT_EQ(text_of(http.body), R"({"error": "no \"m\""})");
  ASSERT_EQ(http.headers.size(), 1U);
  EXPECT_EQ(http.headers.front().second, "application/json");
}

TEST(Replies, HaveAStatusOfTheirOwnIfWanted) { EXPECT_EQ(http_error(503, "later").status, 503); }

}  // namespace
}  // namespace ovserve
