#include "front/grpc_status.h"

#include <gtest/gtest.h>

namespace ovserve::front {
namespace {

TEST(GrpcStatus, PrintsCodes) {
  EXPECT_EQ(decimal(GrpcCode::kOk), "0");
  EXPECT_EQ(decimal(GrpcCode::kUnauthenticated), "16");
  // Numbers that come from elsewhere. NOLINTBEGIN(clang-analyzer-optin.core.EnumCastOutOfRange)
  EXPECT_EQ(decimal(static_cast<GrpcCode>(17)), "2");
  EXPECT_EQ(decimal(static_cast<GrpcCode>(-1)), "2");
  // NOLINTEND(clang-analyzer-optin.core.EnumCastOutOfRange)
}

TEST(GrpcStatus, EncodesMessages) {
  EXPECT_EQ(percent_encoded(""), "");
  EXPECT_EQ(percent_encoded("plain ~ text!"), "plain ~ text!");
  EXPECT_EQ(percent_encoded("100%"), "100%25");
  EXPECT_EQ(percent_encoded("a\r\nb\x7F"), "a%0D%0Ab%7F");
  EXPECT_EQ(percent_encoded("\xC3\xA4"), "%C3%A4");
  EXPECT_EQ(percent_encoded(std::string_view("\0", 1)), "%00");
}

TEST(GrpcStatus, CutsOffWhatClientsWouldNotTake) {
  EXPECT_EQ(percent_encoded(std::string(100'000, 'x')).size(), 4096U);
  const std::string encoded = percent_encoded(std::string(100'000, '%'));
  EXPECT_EQ(encoded.size(), 4095U);
  EXPECT_TRUE(encoded.ends_with("%25"));
}

}  // namespace
}  // namespace ovserve::front
