#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "codec/error_expectation.h"
#include "codec/kserve_rest.h"
#include "codec/message_builder.h"
#include "codec/tensor_content.h"

namespace ovserve::kserve_rest {
namespace {

using testing::bytes_of;
using testing::elements;
using testing::error_of;
using testing::texts;

InferBody parse(const std::string& json) { return parse_infer(json, std::nullopt); }

std::string input(const std::string& datatype, const std::string& shape, const std::string& rest) {
  return R"({"inputs": [{"name": "x", "datatype": ")" + datatype + R"(", "shape": )" + shape + rest + "}]}";
}

RequestTensor tensor(const std::string& datatype, const std::string& shape, const std::string& data) {
  // The tensor owns its values, so it outlives the text.
  return std::move(parse(input(datatype, shape, ", \"data\": " + data)).inputs.at(0));
}

std::string refusal(const std::string& json) {
  return error_of(ErrorCode::kInvalidArgument, [&] { parse(json); });
}

std::string refusal_with_header(const std::string& body, std::size_t length) {
  return error_of(ErrorCode::kInvalidArgument, [&] { parse_infer(body, length); });
}

TEST(KserveRestInferRequest, DataMayBeNestedOrFlat) {
  for (const char* data : {"[1, 2, 3, 4]", "[[1, 2], [3, 4]]", "[[[1], [2], [3], [4]]]"}) {
    const RequestTensor x = tensor("FP32", "[2, 2]", data);
    EXPECT_EQ(x.shape, (Shape{2, 2}));
    EXPECT_EQ(x.value_count, 4U);
    EXPECT_EQ(elements<float>(x), (std::vector<float>{1, 2, 3, 4}));
  }
}

TEST(KserveRestInferRequest, MembersComeInAnyOrder) {
  const InferBody body = parse(
      R"({"inputs": [{"data": ["a\u00e9", "b"], "d\u0061tatype": "BYTES", "x": [1, {"y": 2}], "shape": [2], "name": "s"},
{"shape": [1], "data": [true], "name": "t", "datatype": "BOOL", "parameters": {"any": [1]}}], "model_name": "m"})");
  ASSERT_EQ(body.inputs.size(), 2U);
  EXPECT_EQ(texts(body.inputs[0]), (std::vector<std::string>{"a\xC3\xA9", "b"}));
  EXPECT_EQ(elements<std::uint8_t>(body.inputs[1]), std::vector<std::uint8_t>{1});
}

TEST(KserveRestInferRequest, ReadsEachDatatype) {
  EXPECT_EQ(elements<std::int64_t>(tensor("INT64", "[2]", "[9007199254740993, -9223372036854775808]")),
            (std::vector<std::int64_t>{9007199254740993, std::numeric_limits<std::int64_t>::min()}));
  EXPECT_EQ(elements<std::uint64_t>(tensor("UINT64", "[1]", "[18446744073709551615]")).at(0), ~std::uint64_t{0});
  EXPECT_EQ(elements<double>(tensor("FP64", "[1]", "[0.1]")).at(0), 0.1);
  EXPECT_EQ(elements<std::uint16_t>(tensor("FP16", "[1]", "[1.5]")).at(0), 0x3E00);
  EXPECT_EQ(elements<std::uint8_t>(tensor("BOOL", "[2]", "[true, 0]")), (std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(texts(tensor("BYTES", "[2]", R"(["a", {"b64": "AQID"}])")),
            (std::vector<std::string>{"a", "\x01\x02\x03"}));
  EXPECT_TRUE(std::isnan(elements<float>(tensor("FP32", "[2]", "[NaN, 1]")).at(0)));
  const RequestTensor unknown = tensor("FOO", "[1]", "[1]");
  EXPECT_EQ(unknown.type, ElementType::kUndefined);
  EXPECT_EQ(unknown.type_text, "FOO");
}

TEST(KserveRestInferRequest, BinaryTensorsFollowInTheOrderOfTheInputs) {
  const std::string json =
      R"({"inputs": [{"name": "a", "shape": [2], "datatype": "INT16"},
{"name": "b", "shape": [1], "datatype": "UINT8", "data": [9]},
{"name": "c", "shape": [1], "datatype": "BF16", "parameters": {"binary_data_size": 2}},
{"name": "d", "shape": [1], "datatype": "BYTES"}]})";
  const std::string wire = json + bytes_of<std::int16_t>({1, 2}) + "zz" + std::string("\x01\x00\x00\x00q", 5);
  const InferBody body = parse_infer(wire, json.size());
  EXPECT_EQ(body.inputs[0].data, wire.data() + json.size());
  EXPECT_EQ(elements<std::int16_t>(body.inputs[0]), (std::vector<std::int16_t>{1, 2}));
  EXPECT_EQ(elements<std::uint8_t>(body.inputs[1]), std::vector<std::uint8_t>{9});
  EXPECT_EQ(body.inputs[2].data, wire.data() + json.size() + 4);
  EXPECT_EQ(texts(body.inputs[3]), std::vector<std::string>{"q"});
}

TEST(KserveRestInferRequest, FormsOfOutputs) {
  const InferBody body = parse(
      R"({"inputs": [], "outputs": [{"name": "p"}, {"name": "q", "parameters": {"binary_data": false}}],
"parameters": {"sequence_id": 7, "binary_data_output": true}, "id": "a"})");
  ASSERT_EQ(body.outputs.size(), 2U);
  EXPECT_TRUE(body.outputs[0].binary);
  EXPECT_FALSE(body.outputs[1].binary);
  EXPECT_TRUE(body.binary_output);
  EXPECT_EQ(body.id, "a");
  EXPECT_FALSE(parse(R"({"inputs": []})").id);
}

TEST(KserveRestInferRequest, RefusesWrongStructure) {
  const std::pair<std::string, const char*> cases[] = {
      {"[]", "The body must be an object"},
      {"{}", "\"inputs\" is missing"},
      {R"({"inputs": 1})", "\"inputs\" must be an array"},
      {R"({"inputs": NaN})", "\"inputs\" must be an array"},
      {R"({"inputs": [1]})", "Each of \"inputs\" must be an object"},
      {R"({"inputs": [], "inputs": []})", "\"inputs\" is there twice"},
      {R"({"inputs": [], "id": 7})", "\"id\" must be a string"},
      {R"({"inputs": [], "parameters": 7})", "\"parameters\" must be an object"},
      {R"({"inputs": [], "parameters": {"binary_data_output": 1}})", "\"binary_data_output\" must be true or false"},
      {R"({"inputs": [], "outputs": [{}]})", "An output lacks its \"name\""},
      {R"({"inputs": [], "outputs": [], "outputs": []})", "\"outputs\" is there twice"},
      {R"({"inputs": [{"shape": [1], "datatype": "FP32", "data": [1]}]})", "An input lacks its \"name\""},
      {R"({"inputs": [{"name": "x", "shape": [1], "data": [1]}]})", "An input lacks its \"datatype\""},
      {R"({"inputs": [{"name": "x", "datatype": "FP32", "data": [1]}]})", "An input lacks its \"shape\""},
      {input("FP32", "[1]", ""), "An input has no \"data\""},
      {input("FP32", "[1]", R"(, "data": 1)"), "The \"data\" of an input must be an array"},
      {input("FP32", "[1]", R"(, "data": [1], "data": [1])"), "An input has \"data\" twice"},
      {input("FP32", "[-1]", R"(, "data": [1])"), "must hold integers that are not negative"},
      {input("FP32", "[1.5]", R"(, "data": [1])"), "must hold integers that are not negative"},
      {input("FP32", "[[1]]", R"(, "data": [1])"), "must hold integers that are not negative"},
      {input("FP32", "\"1\"", R"(, "data": [1])"), "The \"shape\" of an input must be an array"},
      {input("FP32", "[2]", R"(, "data": ["a"])"), "Invalid input precision"},
      {input("FP32", "[2]", R"(, "data": [[1], 2])"), "nested unevenly"},
      {input("BF16", "[1]", R"(, "data": [1])"), "BF16 data must be sent in binary form"},
      {input("FP32", "[1]", R"(, "data": [1], "parameters": {"binary_data_size": 4})"), "has both"},
      {input("FP32", "[1]", R"(, "parameters": {"binary_data_size": 4})"), "needs the header"},
      {input("FP32", "[1]", R"(, "parameters": {"binary_data_size": -4})"), "must be an integer that is not negative"},
      {input("FP32", "[1]", R"(, "parameters": {"binary_data_size": "4"})"), "must be an integer that is not negative"},
  };
  for (const auto& [json, text] : cases) EXPECT_NE(refusal(json).find(text), std::string::npos) << json;
}

TEST(KserveRestInferRequest, RefusesAWrongHeaderLength) {
  const std::string json = input("FP32", "[1]", "");
  EXPECT_NE(refusal_with_header(json, json.size() + 1).find("but the body has"), std::string::npos);
  EXPECT_NE(refusal_with_header(json, 0).find("is not supported"), std::string::npos);
  EXPECT_NE(refusal_with_header(json + "123", json.size()).find("Expected: 4 bytes; Actual: 3"), std::string::npos);
  EXPECT_NE(refusal_with_header(json + "12345", json.size()).find("1 bytes follow"), std::string::npos);
  error_of(ErrorCode::kFailedPrecondition, [&] { parse_infer(json + "1234", json.size() - 1); });
}

TEST(KserveRestInferRequest, BrokenJsonIsNamedFirst) {
  for (const std::string json : {"", "{", "{\"inputs\": [}", R"({"id": 7, "inputs": [})", R"({"inputs": []} x)",
                                 R"({"inputs": [{"data": [01], "name": "x", "datatype": "FP32", "shape": [1]}]})"}) {
    EXPECT_EQ(error_of(ErrorCode::kFailedPrecondition, [&] { parse(json); }), "The file is not valid json") << json;
  }
}

TEST(KserveRestInferRequest, NestingIsBounded) {
  const std::string deep(40, '[');
  const std::string close(40, ']');
  EXPECT_NE(refusal(input("FP32", "[1]", ", \"data\": " + deep + "1" + close)).find("nested too deeply"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"inputs": [], "x": )" + deep + close + "}").find("nested too deeply"), std::string::npos);
}

}  // namespace
}  // namespace ovserve::kserve_rest
