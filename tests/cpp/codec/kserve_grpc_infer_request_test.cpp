#include <gtest/gtest.h>

#include "codec/error_expectation.h"
#include "codec/kserve_grpc.h"
#include "codec/message_builder.h"
#include "codec/tensor_content.h"

namespace ovserve::kserve_grpc {
namespace {

using testing::bytes_of;
using testing::elements;
using testing::error_of;
using testing::Message;
using testing::texts;
using Content = RequestTensor::Content;

Message input(std::string_view name, std::string_view datatype, std::string_view packed_shape) {
  return Message().bytes(1, name).bytes(2, datatype).bytes(3, packed_shape);
}

std::string refusal(const Message& request) {
  return error_of(ErrorCode::kInvalidArgument, [&] { parse_infer_request(request.wire()); });
}

TEST(KserveInferRequest, ReadsNamesVersionIdAndRequestedOutputs) {
  const std::string wire = Message()
                               .bytes(1, "m")
                               .bytes(2, "3")
                               .bytes(3, "id-1")
                               .message(4, Message().bytes(1, "sequence_id"))
                               .message(6, Message().bytes(1, "y").message(2, Message().bytes(1, "binary_data")))
                               .message(6, Message().bytes(1, "x"))
                               .wire();
  const InferRequest request = parse_infer_request(wire);
  EXPECT_EQ(request.model, "m");
  EXPECT_EQ(request.version, 3);
  EXPECT_EQ(request.id, "id-1");
  EXPECT_EQ(request.requested_outputs, (std::vector<std::string>{"y", "x"}));
}

TEST(KserveInferRequest, UsesRawContentsWhereTheyAre) {
  const std::string wire = Message()
                               .bytes(7, bytes_of<float>({1.0F}))
                               .message(5, input("x", "FP32", "\x01"))
                               .message(5, input("y", "UINT8", "\x02"))
                               .bytes(7, "\x05\x06")
                               .wire();
  const InferRequest request = parse_infer_request(wire);
  ASSERT_EQ(request.inputs.size(), 2U);
  EXPECT_EQ(elements<float>(request.inputs[0]), std::vector<float>{1.0F});
  EXPECT_EQ(request.inputs[1].content, Content::kRaw);
  EXPECT_EQ(request.inputs[1].data, wire.data() + wire.size() - 2);
  EXPECT_EQ(request.inputs[1].bytes, 2U);
}

TEST(KserveInferRequest, ReadsPackedAndUnpackedShapes) {
  const Message unpacked = Message().bytes(1, "x").varint(3, 1).bytes(3, "\x03\x04").varint(3, ~0ULL);
  EXPECT_EQ(parse_infer_request(Message().message(5, unpacked).wire()).inputs[0].shape, (Shape{1, 3, 4, -1}));
}

TEST(KserveInferRequest, ReadsTheContentsOfEveryType) {
  struct Case {
    const char* datatype;
    std::uint32_t field;
    std::string packed;
    std::string memory;
  };
  const std::string one_two("\x01\x02");
  const Case cases[] = {
      {"BOOL", 1, one_two, bytes_of<std::uint8_t>({1, 1})},
      {"INT8", 2, one_two, bytes_of<std::int8_t>({1, 2})},
      {"INT16", 2, one_two, bytes_of<std::int16_t>({1, 2})},
      {"INT32", 2, one_two, bytes_of<std::int32_t>({1, 2})},
      {"INT64", 3, one_two, bytes_of<std::int64_t>({1, 2})},
      {"UINT8", 4, one_two, bytes_of<std::uint8_t>({1, 2})},
      {"UINT16", 4, one_two, bytes_of<std::uint16_t>({1, 2})},
      {"UINT32", 4, one_two, bytes_of<std::uint32_t>({1, 2})},
      {"UINT64", 5, one_two, bytes_of<std::uint64_t>({1, 2})},
      {"FP32", 6, bytes_of<float>({1, 2}), bytes_of<float>({1, 2})},
      {"FP64", 7, bytes_of<double>({1, 2}), bytes_of<double>({1, 2})},
  };
  for (const Case& c : cases) {
    const Message tensor = input("b", c.datatype, "\x02").message(5, Message().bytes(c.field, c.packed));
    const std::string wire = Message().message(5, tensor).wire();
    const InferRequest request = parse_infer_request(wire);
    const RequestTensor& parsed = request.inputs[0];
    EXPECT_EQ(parsed.content, Content::kValues) << c.datatype;
    EXPECT_EQ(parsed.value_count, 2U) << c.datatype;
    EXPECT_EQ(std::string(static_cast<const char*>(parsed.data), parsed.bytes), c.memory) << c.datatype;
  }
}

TEST(KserveInferRequest, ReadsStringsInBothForms) {
  const Message contents = Message().bytes(8, "one").bytes(8, "two");
  const InferRequest typed =
      parse_infer_request(Message().message(5, input("s", "BYTES", "\x02").message(5, contents)).wire());
  EXPECT_EQ(texts(typed.inputs[0]), (std::vector<std::string>{"one", "two"}));

  const std::string raw("\x03\x00\x00\x00one\x00\x00\x00\x00", 11);
  const InferRequest binary =
      parse_infer_request(Message().message(5, input("s", "BYTES", "\x02")).bytes(7, raw).wire());
  EXPECT_EQ(binary.inputs[0].content, Content::kValues);
  EXPECT_EQ(texts(binary.inputs[0]), (std::vector<std::string>{"one", ""}));
}

TEST(KserveInferRequest, CountsNoValuesInTheWrongContentsField) {
  const Message tensor = input("b", "FP32", "\x02").message(5, Message().bytes(2, "\x01\x02"));
  const InferRequest request = parse_infer_request(Message().message(5, tensor).wire());
  EXPECT_EQ(request.inputs[0].content, Content::kValues);
  EXPECT_EQ(request.inputs[0].value_count, 0U);
}

TEST(KserveInferRequest, KeepsTheClientsWordForAType) {
  const InferRequest request = parse_infer_request(Message().message(5, input("b", "FOO", "\x01")).wire());
  EXPECT_EQ(request.inputs[0].type, ElementType::kUndefined);
  EXPECT_EQ(request.inputs[0].type_text, "FOO");
}

TEST(KserveInferRequest, RefusesRawAndTypedContentsTogether) {
  const Message tensor = input("b", "FP32", "\x01").message(5, Message().fixed32(6, 1));
  EXPECT_EQ(refusal(Message().message(5, tensor).bytes(7, "1234")),
            "Passing data both in raw_input_contents and in the contents of an input is not allowed; input name: b");
}

TEST(KserveInferRequest, AcceptsEmptyContentsBesideRawOnes) {
  const Message tensor = input("b", "FP32", "\x01").message(5, Message());
  EXPECT_NO_THROW(parse_infer_request(Message().message(5, tensor).bytes(7, "1234").wire()));
}

TEST(KserveInferRequest, RefusesAWrongNumberOfRawBuffers) {
  EXPECT_EQ(refusal(Message().message(5, input("b", "FP32", "\x01")).bytes(7, "1234").bytes(7, "1234")),
            "Invalid number of buffers in raw_input_contents, one per input is needed - Expected: 1; Actual: 2");
  EXPECT_EQ(refusal(Message().bytes(7, "1234")),
            "Invalid number of buffers in raw_input_contents, one per input is needed - Expected: 0; Actual: 1");
}

TEST(KserveInferRequest, RefusesTypedContentsOfTypesThatOnlyHaveARawForm) {
  const Message tensor = input("b", "FP16", "\x01").message(5, Message().fixed32(6, 1));
  EXPECT_EQ(refusal(Message().message(5, tensor)), "FP16 data must be sent in raw_input_contents; input name: b");
}

TEST(KserveInferRequest, RefusesOddVersions) {
  EXPECT_EQ(refusal(Message().bytes(2, "x")), "invalid model version format in request");
}

TEST(KserveModelName, ReadsNameAndVersion) {
  const ModelName named = parse_model_name(Message().bytes(1, "m").bytes(2, "12").wire());
  EXPECT_EQ(named.name, "m");
  EXPECT_EQ(named.version, 12);
  EXPECT_FALSE(parse_model_name(Message().bytes(1, "m").wire()).version.has_value());
  error_of(ErrorCode::kInvalidArgument, [] { parse_model_name(Message().bytes(2, "x").wire()); });
}

TEST(HealthRequest, ReadsTheService) {
  EXPECT_EQ(parse_health_request(""), "");
  EXPECT_EQ(parse_health_request(Message().bytes(1, "s").wire()), "s");
}

}  // namespace
}  // namespace ovserve::kserve_grpc
