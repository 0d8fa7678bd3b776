#include "codec/tfs_grpc.h"

#include <gtest/gtest.h>

#include "codec/error_expectation.h"
#include "codec/message_builder.h"
#include "codec/tensor_content.h"

namespace ovserve::tfs_grpc {
namespace {

using testing::bytes_of;
using testing::elements;
using testing::error_of;
using testing::Message;

Message tensor(float value) { return Message().varint(1, 1).bytes(4, bytes_of<float>({value})); }

Message entry(std::string_view key, const Message& value) { return Message().bytes(1, key).message(2, value); }

Message version(std::int64_t number) { return Message().varint(1, static_cast<std::uint64_t>(number)); }

TEST(TfsPredictRequest, ReadsModelVersionAndInputs) {
  const std::string wire = Message()
                               .message(1, Message().bytes(1, "resnet").message(2, version(3)).bytes(3, "signature"))
                               .message(2, entry("x", tensor(1)))
                               .message(2, entry("b", tensor(2)))
                               .bytes(3, "no such output")
                               .wire();
  const InferRequest request = parse_predict_request(wire);
  EXPECT_EQ(request.model, "resnet");
  EXPECT_EQ(request.version, 3);
  EXPECT_TRUE(request.requested_outputs.empty());
  ASSERT_EQ(request.inputs.size(), 2U);
  for (const RequestTensor& input : request.inputs) {
    EXPECT_EQ(elements<float>(input), std::vector<float>{input.name == "x" ? 1.0F : 2.0F});
  }
}

TEST(TfsPredictRequest, KeepsTheLastOfEqualNames) {
  const std::string wire = Message()
                               .message(2, entry("b", tensor(1)))
                               .message(2, entry("a", tensor(2)))
                               .message(2, entry("b", tensor(3)))
                               .wire();
  const InferRequest request = parse_predict_request(wire);
  ASSERT_EQ(request.inputs.size(), 2U);
  EXPECT_EQ(request.inputs[0].name, "a");
  EXPECT_EQ(elements<float>(request.inputs[1]), std::vector<float>{3.0F});
}

TEST(TfsPredictRequest, EmptyMessageHasNoModelAndNoInputs) {
  const InferRequest request = parse_predict_request("");
  EXPECT_EQ(request.model, "");
  EXPECT_FALSE(request.version.has_value());
  EXPECT_TRUE(request.inputs.empty());
}

TEST(TfsModelSpec, TakesVersionZeroAndLabelsForNone) {
  const auto parse = [](const Message& spec) {
    return parse_status_request(Message().message(1, spec).wire()).version;
  };
  EXPECT_FALSE(parse(Message().message(2, version(0))).has_value());
  EXPECT_FALSE(parse(Message().message(2, Message())).has_value());
  EXPECT_FALSE(parse(Message().bytes(4, "stable")).has_value());
  EXPECT_FALSE(parse(Message().message(2, version(2)).bytes(4, "stable")).has_value());
  EXPECT_EQ(parse(Message().message(2, version(-1))), -1);
}

TEST(TfsModelSpec, RefusesNamesThatAreNotUtf8) {
  const std::string wire = Message().message(1, Message().bytes(1, "\xFF\xFE")).wire();
  error_of(ErrorCode::kInvalidArgument, [&] { parse_predict_request(wire); });
}

TEST(TfsMetadataRequest, ReadsEveryField) {
  const std::string wire =
      Message().message(1, Message().bytes(1, "m")).bytes(2, "signature_def").bytes(2, "other").wire();
  const MetadataRequest request = parse_metadata_request(wire);
  EXPECT_EQ(request.model_spec.name, "m");
  EXPECT_EQ(request.metadata_fields, (std::vector<std::string>{"signature_def", "other"}));
}

}  // namespace
}  // namespace ovserve::tfs_grpc
