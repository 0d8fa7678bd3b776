#include "front/protocol_detection.h"

#include <gtest/gtest.h>

namespace ovserve::front {
namespace {

TEST(ProtocolDetection, TellsThemApartByTheFirstBytes) {
  EXPECT_EQ(detect_protocol(""), Detected::kUnknown);
  EXPECT_EQ(detect_protocol("P"), Detected::kUnknown);
  EXPECT_EQ(detect_protocol("PR"), Detected::kUnknown);
  EXPECT_EQ(detect_protocol("PRI"), Detected::kHttp2);
  EXPECT_EQ(detect_protocol("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n more"), Detected::kHttp2);
  EXPECT_EQ(detect_protocol("PRI * HTTP/2.1"), Detected::kHttp1);
  EXPECT_EQ(detect_protocol("PO"), Detected::kHttp1);
  EXPECT_EQ(detect_protocol("PRO"), Detected::kHttp1);
  EXPECT_EQ(detect_protocol("G"), Detected::kHttp1);
  EXPECT_EQ(detect_protocol(std::string_view("\0", 1)), Detected::kHttp1);
}

}  // namespace
}  // namespace ovserve::front
