#include "front/grpc_head.h"

#include <gtest/gtest.h>

namespace ovserve::front {
namespace {

using std::chrono::nanoseconds;

TEST(GrpcHead, ReadsTimeouts) {
  EXPECT_EQ(parse_grpc_timeout("1n"), nanoseconds(1));
  EXPECT_EQ(parse_grpc_timeout("20u"), std::chrono::microseconds(20));
  EXPECT_EQ(parse_grpc_timeout("00300m"), std::chrono::milliseconds(300));
  EXPECT_EQ(parse_grpc_timeout("4S"), std::chrono::seconds(4));
  EXPECT_EQ(parse_grpc_timeout("5M"), std::chrono::minutes(5));
  EXPECT_EQ(parse_grpc_timeout("6H"), std::chrono::hours(6));
  EXPECT_EQ(parse_grpc_timeout("0S"), nanoseconds(0));
  // The largest ones there are stay in the range of the clock.
  for (const auto* text : {"99999999H", "99999999M", "99999999S"}) {
    const auto timeout = parse_grpc_timeout(text);
    ASSERT_TRUE(timeout.has_value()) << text;
    EXPECT_GT(Clock::now() + *timeout, Clock::now() + std::chrono::hours(24 * 360)) << text;
  }
  for (const auto* text :
       {"", "1", "S", "1s", "-1S", "+1S", "1.5S", " 1S", "1 S", "1SS", "0x1S", "123456789S", "1S "}) {
    EXPECT_FALSE(parse_grpc_timeout(text).has_value()) << text;
  }
}

TEST(GrpcHead, KnowsTheContentTypesOfGrpc) {
  for (const auto* type :
       {"application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8", "Application/GRPC"}) {
    EXPECT_TRUE(is_grpc_content_type(type)) << type;
  }
  for (const auto* type : {"", "application/json", "application/grpcx", "application/grpc-web", " application/grpc"}) {
    EXPECT_FALSE(is_grpc_content_type(type)) << type;
  }
}

TEST(GrpcHead, ReadsEncodings) {
  HeaderList headers;
  headers.add("grpc-encoding", "gzip");
  headers.add("grpc-accept-encoding", "identity, deflate ,gzip");
  headers.add("grpc-timeout", "1S");
  const auto parsed = parse_grpc_head(headers);
  ASSERT_TRUE(std::holds_alternative<GrpcHead>(parsed));
  const auto& head = std::get<GrpcHead>(parsed);
  EXPECT_TRUE(head.is_compressed);
  EXPECT_TRUE(head.accepts_gzip);
  EXPECT_EQ(head.timeout, std::chrono::seconds(1));

  HeaderList none;
  const auto plain = std::get<GrpcHead>(parse_grpc_head(none));
  EXPECT_FALSE(plain.is_compressed);
  EXPECT_FALSE(plain.accepts_gzip);
  EXPECT_FALSE(plain.timeout.has_value());
}

TEST(GrpcHead, RefusesWhatItDoesNotUnderstand) {
  HeaderList headers;
  headers.add("grpc-encoding", "br\xFF");
  const auto parsed = parse_grpc_head(headers);
  ASSERT_TRUE(std::holds_alternative<GrpcReply>(parsed));
  EXPECT_EQ(std::get<GrpcReply>(parsed).code, GrpcCode::kUnimplemented);
  EXPECT_NE(std::get<GrpcReply>(parsed).message.find("br?"), std::string::npos);
}

}  // namespace
}  // namespace ovserve::front
