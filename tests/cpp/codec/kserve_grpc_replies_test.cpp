#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/chain_sink.h"
#include "codec/chain_text.h"
#include "codec/kserve_grpc.h"
#include "codec/message_builder.h"

namespace ovserve::kserve_grpc {
namespace {

using testing::bytes_of;
using testing::Message;
using testing::StringSink;

Message head(std::string_view name, std::string_view datatype, std::string_view packed_shape) {
  return Message().bytes(1, name).bytes(2, datatype).bytes(3, packed_shape);
}

TEST(KserveInferResponse, PutsEverythingIntoRawContentsInTheOrderAskedFor) {
  const std::int64_t numbers[] = {1, 2};
  const std::string strings[] = {"one", ""};
  const Signature signature{{},
                            {{"n", ElementType::kI64, {Dimension::fixed(2)}, false},
                             {"s", ElementType::kString, {Dimension::fixed(2)}, false}}};
  const TensorView outputs[] = {{ElementType::kI64, {2}, numbers, sizeof(numbers)},
                                {ElementType::kString, {2}, strings, sizeof(strings)}};
  const std::size_t order[] = {1, 0};
  StringSink sink;
  write_infer_response({"m", 3, "id-1", signature, outputs, order}, sink);
  EXPECT_EQ(sink.written(), Message()
                                .bytes(1, "m")
                                .bytes(2, "3")
                                .bytes(3, "id-1")
                                .message(5, head("s", "BYTES", "\x02"))
                                .message(5, head("n", "INT64", "\x02"))
                                .bytes(6, {"\x03\x00\x00\x00one\x00\x00\x00\x00", 11})
                                .bytes(6, bytes_of(numbers))
                                .wire());
}

TEST(KserveInferResponse, LeavesOutWhatWasNotAskedFor) {
  const float value = 1.0F;
  const Signature signature{{}, {{"a", ElementType::kF32, {}, false}, {"b", ElementType::kF32, {}, false}}};
  const TensorView outputs[] = {{ElementType::kF32, {}, &value, 4}, {ElementType::kF32, {}, &value, 4}};
  const std::size_t only_b[] = {1};
  StringSink sink;
  write_infer_response({"m", 1, "", signature, outputs, only_b}, sink);
  EXPECT_EQ(sink.written(), Message()
                                .bytes(1, "m")
                                .bytes(2, "1")
                                .message(5, Message().bytes(1, "b").bytes(2, "FP32"))
                                .bytes(6, bytes_of<float>({1.0F}))
                                .wire());
}

TEST(KserveInferResponse, LeavesLargeContentWhereItLies) {
  const std::vector<float> large(ChainSink::kSmallestInPlace / sizeof(float), 1.5F);
  const std::vector<float> small(large.size() - 1, 2.5F);
  const auto size = static_cast<std::int64_t>(large.size());
  const Signature signature{
      {}, {{"a", ElementType::kF32, {Dimension::any()}, false}, {"b", ElementType::kF32, {Dimension::any()}, false}}};
  const std::size_t large_bytes = large.size() * sizeof(float);
  const std::size_t small_bytes = small.size() * sizeof(float);
  const TensorView outputs[] = {{ElementType::kF32, {size}, large.data(), large_bytes},
                                {ElementType::kF32, {size - 1}, small.data(), small_bytes}};
  for (const auto& order : {std::vector<std::size_t>{0, 1}, {1, 0}, {0, 0}, {1}}) {
    for (const auto write : {write_infer_response, write_stream_response}) {
      const InferResponse response{"m", 1, "", signature, outputs, order};
      StringSink whole;
      write(response, whole);
      ChainSink sink;
      write(response, sink);
      EXPECT_EQ(sink.has_placed(), order != std::vector<std::size_t>{1});
      const ByteChain chain = sink.take();
      EXPECT_EQ(testing::text_of(chain), whole.written());
      const auto places = std::count_if(chain.pieces.begin(), chain.pieces.end(), [&](std::string_view piece) {
        return static_cast<const void*>(piece.data()) == large.data();
      });
      EXPECT_EQ(places, std::count(order.begin(), order.end(), 0U));
    }
  }
}

TEST(KserveStreamResponse, WrapsAnInferResponse) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 70000U}) {
    const std::string id(size, 'x');
    const Signature signature;
    StringSink inner;
    write_infer_response({"m", 3, id, signature, {}, {}}, inner);
    StringSink sink;
    write_stream_response({"m", 3, id, signature, {}, {}}, sink);
    EXPECT_EQ(sink.written(), Message().bytes(2, inner.written()).wire()) << size;
    EXPECT_EQ(sink.calls(), 1);
  }
}

TEST(KserveStreamResponse, CarriesAnErrorInstead) {
  StringSink sink;
  write_stream_error("no such model", sink);
  EXPECT_EQ(sink.written(), Message().bytes(1, "no such model").wire());
}

TEST(KserveFlagResponse, LeavesOutFalse) {
  StringSink sink;
  write_flag_response(true, sink);
  EXPECT_EQ(sink.written(), Message().varint(1, 1).wire());
  write_flag_response(false, sink);
  EXPECT_EQ(sink.written(), "");
}

TEST(KserveServerMetadata, ListsNameVersionAndExtensions) {
  const std::string extensions[] = {"e"};
  StringSink sink;
  write_server_metadata_response("ovserve", "1.0", extensions, sink);
  EXPECT_EQ(sink.written(), Message().bytes(1, "ovserve").bytes(2, "1.0").bytes(3, "e").wire());
}

TEST(KserveModelMetadata, DescribesTheSignature) {
  const Signature signature{{{"x", ElementType::kF32, {Dimension::any(), Dimension::fixed(3)}, false}},
                            {{"y", ElementType::kU8, {}, true}}};
  const std::int64_t versions[] = {1, 20};
  StringSink sink;
  write_model_metadata_response("m", versions, signature, sink);
  const std::string minus_one(std::string(9, '\xFF') + "\x01");
  EXPECT_EQ(sink.written(), Message()
                                .bytes(1, "m")
                                .bytes(2, "1")
                                .bytes(2, "20")
                                .bytes(3, "OpenVINO")
                                .message(4, head("x", "FP32", minus_one + "\x03"))
                                .message(5, head("y", "UINT8", minus_one))
                                .wire());
}

TEST(HealthResponse, CarriesTheStatus) {
  StringSink sink;
  write_health_response(HealthStatus::kNotServing, sink);
  EXPECT_EQ(sink.written(), Message().varint(1, 2).wire());
}

}  // namespace
}  // namespace ovserve::kserve_grpc
