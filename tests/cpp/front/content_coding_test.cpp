#include "front/content_coding.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>

namespace ovserve::front {
namespace {

HeaderList coded(std::initializer_list<std::string_view> values) {
  HeaderList headers;
  headers.add("host", "x");
  for (const std::string_view value : values) headers.add("Content-Encoding", value);
  headers.add("content-length", "7");
  return headers;
}

TEST(ContentCoding, IsReadFromAllFields) {
  EXPECT_EQ(content_coding(coded({})), ContentCoding::kNone);
  EXPECT_EQ(content_coding(coded({""})), ContentCoding::kNone);
  EXPECT_EQ(content_coding(coded({"identity", "Identity, identity"})), ContentCoding::kNone);
  for (const std::string_view known : {"gzip", "GZip", "x-gzip", "deflate", " gzip ", "identity, gzip"}) {
    EXPECT_EQ(content_coding(coded({known})), ContentCoding::kCompressed) << known;
  }
  EXPECT_EQ(content_coding(coded({"identity", "gzip"})), ContentCoding::kCompressed);
}

TEST(ContentCoding, IsOneAtMost) {
  EXPECT_EQ(content_coding(coded({"br"})), ContentCoding::kUnknown);
  EXPECT_EQ(content_coding(coded({"gzip, gzip"})), ContentCoding::kUnknown);
  EXPECT_EQ(content_coding(coded({"gzip", "deflate"})), ContentCoding::kUnknown);
  EXPECT_EQ(content_coding(coded({"br", "gzip"})), ContentCoding::kUnknown);
}

TEST(ContentCoding, IsForgottenWithTheLengthOfWhatWasSent) {
  HeaderList headers = coded({"gzip"});
  forget_coding(headers);
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0].name, "host");
}

}  // namespace
}  // namespace ovserve::front
