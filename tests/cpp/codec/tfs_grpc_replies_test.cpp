#include <gtest/gtest.h>

#include "codec/message_builder.h"
#include "codec/tfs_grpc.h"

namespace ovserve::tfs_grpc {
namespace {

using testing::bytes_of;
using testing::Message;
using testing::StringSink;

Message dimension(std::int64_t size) { return Message().varint(1, static_cast<std::uint64_t>(size)); }

Message model_spec(std::string_view name, std::uint64_t version) {
  return Message().bytes(1, name).message(2, Message().varint(1, version));
}

TEST(TfsPredictResponse, PutsNumbersIntoTensorContent) {
  const float values[] = {1.0F, 2.0F};
  const Signature signature{{}, {{"a", ElementType::kF32, {Dimension::any(), Dimension::fixed(2)}, false}}};
  const TensorView output{ElementType::kF32, {1, 2}, values, sizeof(values)};
  StringSink sink;
  write_predict_response("m", 4, signature, {&output, 1}, sink);
  const Message tensor = Message()
                             .varint(1, 1)
                             .message(2, Message().message(2, dimension(1)).message(2, dimension(2)))
                             .bytes(4, bytes_of(values));
  EXPECT_EQ(sink.written(),
            Message().message(1, Message().bytes(1, "a").message(2, tensor)).message(2, model_spec("m", 4)).wire());
}

TEST(TfsPredictResponse, PutsStringsIntoStringVal) {
  const std::string values[] = {"one", ""};
  const Signature signature{{}, {{"s", ElementType::kString, {Dimension::fixed(2)}, false}}};
  const TensorView output{ElementType::kString, {2}, values, sizeof(values)};
  StringSink sink;
  write_predict_response("m", 1, signature, {&output, 1}, sink);
  const Message tensor =
      Message().varint(1, 7).message(2, Message().message(2, dimension(2))).bytes(8, "one").bytes(8, "");
  EXPECT_EQ(sink.written(),
            Message().message(1, Message().bytes(1, "s").message(2, tensor)).message(2, model_spec("m", 1)).wire());
}

TEST(TfsMetadataResponse, DescribesTheSignature) {
  const Signature signature{{{"x", ElementType::kI64, {Dimension::any(), Dimension::fixed(3)}, false}},
                            {{"y", ElementType::kBf16, {}, true}}};
  StringSink sink;
  write_metadata_response("m", 2, signature, sink);
  const Message input =
      Message().bytes(1, "x").varint(2, 9).message(3, Message().message(2, dimension(-1)).message(2, dimension(3)));
  const Message output = Message().bytes(1, "y").varint(2, 14).message(3, Message().varint(3, 1));
  const Message definition = Message()
                                 .message(1, Message().bytes(1, "x").message(2, input))
                                 .message(2, Message().bytes(1, "y").message(2, output));
  const Message map = Message().message(1, Message().bytes(1, "serving_default").message(2, definition));
  const Message any = Message().bytes(1, "type.googleapis.com/tensorflow.serving.SignatureDefMap").message(2, map);
  EXPECT_EQ(
      sink.written(),
      Message().message(1, model_spec("m", 2)).message(2, Message().bytes(1, "signature_def").message(2, any)).wire());
}

TEST(TfsStatusResponse, ListsVersions) {
  const StatusEntry entries[] = {{1, 30, 0, "OK"}, {2, 20, 2, "UNKNOWN: no file"}};
  StringSink sink;
  write_status_response(entries, sink);
  const Message first = Message().varint(1, 1).varint(2, 30).message(3, Message().bytes(2, "OK"));
  const Message second =
      Message().varint(1, 2).varint(2, 20).message(3, Message().varint(1, 2).bytes(2, "UNKNOWN: no file"));
  EXPECT_EQ(sink.written(), Message().message(1, first).message(1, second).wire());
}

TEST(TfsStatusResponse, MayBeEmpty) {
  StringSink sink;
  write_status_response({}, sink);
  EXPECT_EQ(sink.written(), "");
  EXPECT_EQ(sink.calls(), 1);
}

}  // namespace
}  // namespace ovserve::tfs_grpc
