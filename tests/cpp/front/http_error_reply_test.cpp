#include "front/http_error_reply.h"

#include <gtest/gtest.h>

namespace ovserve::front {
namespace {

TEST(HttpErrorReply, IsJson) {
  const HttpReply reply = error_reply(431, "too \"large\" \\ by\r\nfar \xFF");
  EXPECT_EQ(reply.status, 431);
  ASSERT_EQ(reply.body.pieces.size(), 1U);
  EXPECT_EQ(reply.body.pieces.front(), R"({"error": "too \"large\" \\ by??far ?"})");
}

TEST(HttpErrorReply, KnowsThePhrases) {
  EXPECT_EQ(reason_of(404), "Not Found");
  EXPECT_EQ(reason_of(599), "Status");
}

}  // namespace
}  // namespace ovserve::front
