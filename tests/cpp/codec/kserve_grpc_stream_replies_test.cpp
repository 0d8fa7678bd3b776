#include <gtest/gtest.h>

#include <algorithm>

#include "codec/kserve_grpc.h"
#include "codec/message_builder.h"

namespace ovserve::kserve_grpc {
namespace {

using testing::Message;
using testing::StringSink;

TEST(KserveStreamResponse, WrapsAnInferResponse) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 70000U}) {
    const std::string inner(size, 'x');
    StringSink sink;
    StreamResponseSink stream(sink);
    std::copy(inner.begin(), inner.end(), stream.allocate(size));
    EXPECT_EQ(sink.written(), Message().bytes(2, inner).wire()) << size;
    EXPECT_EQ(sink.calls(), 1);
  }
}

TEST(KserveStreamResponse, CarriesAnErrorInstead) {
  StringSink sink;
  write_stream_error("no such model", sink);
  EXPECT_EQ(sink.written(), Message().bytes(1, "no such model").wire());
}

}  // namespace
}  // namespace ovserve::kserve_grpc
