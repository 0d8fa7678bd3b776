#include <gtest/gtest.h>

#include <algorithm>

#include "codec/error_expectation.h"
#include "codec/tensor_content.h"
#include "codec/test_signatures.h"
#include "codec/tfs_rest.h"

namespace ovserve::tfs_rest {
namespace {

using testing::elements;
using testing::error_of;
using testing::one_input_signature;
using testing::texts;
using testing::three_input_signature;

PredictBody parse_one(std::string_view body, ElementType type = ElementType::kF32) {
  return parse_predict(body, one_input_signature(type));
}

PredictBody parse_three(std::string_view body) { return parse_predict(body, three_input_signature()); }

std::string refusal(std::string_view body) {
  return error_of(ErrorCode::kInvalidArgument, [&] { parse_three(body); });
}

std::string refusal_of_one(std::string_view body) {
  return error_of(ErrorCode::kInvalidArgument, [&] { parse_one(body); });
}

const RequestTensor& input(const PredictBody& body, std::string_view name) {
  return *std::find_if(body.inputs.begin(), body.inputs.end(), [&](const auto& tensor) { return tensor.name == name; });
}

TEST(PredictBody, NamedRowsGetABatchDimension) {
  const PredictBody body =
      parse_three(R"({"instances": [{"f": [1, 2], "i": 5, "s": "a"}, {"s": "b", "i": 6, "f": [3, 4]}]})");
  EXPECT_EQ(body.format, Format::kRow);
  ASSERT_EQ(body.inputs.size(), 3U);
  EXPECT_EQ(input(body, "f").shape, (Shape{2, 2}));
  EXPECT_EQ(elements<float>(input(body, "f")), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(input(body, "i").shape, Shape{2});
  EXPECT_EQ(elements<std::int64_t>(input(body, "i")), (std::vector<std::int64_t>{5, 6}));
  EXPECT_EQ(texts(input(body, "s")), (std::vector<std::string>{"a", "b"}));
}

TEST(PredictBody, UnnamedRowsGetABatchDimension) {
  EXPECT_EQ(parse_one(R"({"instances": [1, 2, 3]})").inputs.at(0).shape, Shape{3});
  const PredictBody body = parse_one(R"({"signature_name": "any", "instances": [[1, 2], [3, 4], [5, 6]]})");
  EXPECT_EQ(body.format, Format::kRow);
  EXPECT_EQ(body.inputs.at(0).name, "x");
  EXPECT_EQ(body.inputs.at(0).shape, (Shape{3, 2}));
}

TEST(PredictBody, UnnamedRowsMayBeStrings) {
  const PredictBody body = parse_one(R"({"instances": [{"b64": "AQID"}, "text"]})", ElementType::kString);
  EXPECT_EQ(body.inputs.at(0).shape, Shape{2});
  EXPECT_EQ(texts(body.inputs.at(0)), (std::vector<std::string>{"\x01\x02\x03", "text"}));
}

TEST(PredictBody, AnInputMayBeCalledB64) {
  const Signature signature{{{"b64", ElementType::kString, {}, true}}, {}};
  const PredictBody rows = parse_predict(R"({"instances": [{"b64": "plain"}]})", signature);
  EXPECT_EQ(texts(rows.inputs.at(0)), std::vector<std::string>{"plain"});
  const PredictBody columns = parse_predict(R"({"inputs": {"b64": ["plain"]}})", signature);
  EXPECT_EQ(texts(columns.inputs.at(0)), std::vector<std::string>{"plain"});
}

TEST(PredictBody, NamedColumnsKeepTheirShapes) {
  const PredictBody body = parse_three(R"({"inputs": {"f": [[1, 2]], "i": [1, 2, 3], "s": ["a"]}})");
  EXPECT_EQ(body.format, Format::kColumn);
  EXPECT_EQ(input(body, "f").shape, (Shape{1, 2}));
  EXPECT_EQ(input(body, "i").shape, Shape{3});
  EXPECT_EQ(input(body, "s").shape, Shape{1});
}

TEST(PredictBody, UnnamedColumnsAreTheOnlyInput) {
  EXPECT_EQ(parse_one(R"({"inputs": [[1, 2]]})").inputs.at(0).shape, (Shape{1, 2}));
  EXPECT_EQ(parse_one(R"({"inputs": 5})").inputs.at(0).shape, Shape{});
  EXPECT_EQ(texts(parse_one(R"({"inputs": {"b64": "AQID"}})", ElementType::kString).inputs.at(0)),
            std::vector<std::string>{"\x01\x02\x03"});
  EXPECT_EQ(refusal(R"({"inputs": [1]})"),
            "Invalid JSON structure. The model has 3 inputs, so each value needs the name of its input");
  EXPECT_NE(refusal(R"({"instances": [1]})").find("3 inputs"), std::string::npos);
}

TEST(PredictBody, ColumnsMayLackInputsForValidationToReport) {
  EXPECT_EQ(parse_three(R"({"inputs": {"f": [1]}})").inputs.size(), 1U);
  EXPECT_EQ(parse_three(R"({"inputs": {}})").inputs.size(), 0U);
  EXPECT_EQ(parse_three(R"({"instances": [{}]})").inputs.size(), 0U);
}

TEST(PredictBody, NeedsExactlyOneOfInstancesAndInputs) {
  EXPECT_EQ(refusal_of_one(R"({"instances": []})"), "Invalid JSON structure. Missing instances in row format");
  EXPECT_NE(refusal_of_one("{}").find("Either \"instances\""), std::string::npos);
  EXPECT_NE(refusal_of_one(R"({"instances": [1], "inputs": [1]})").find("Only one of"), std::string::npos);
  EXPECT_NE(refusal_of_one(R"({"inputs": [1], "inputs": [1]})").find("twice"), std::string::npos);
  EXPECT_NE(refusal_of_one(R"({"instances": {"x": [1]}})").find("must be an array"), std::string::npos);
  EXPECT_NE(refusal_of_one("[1]").find("must be an object"), std::string::npos);
  EXPECT_NE(refusal_of_one("17").find("must be an object"), std::string::npos);
}

TEST(PredictBody, RowsMustHaveTheSameInputs) {
  EXPECT_EQ(refusal(R"({"instances": [{"f": 1, "i": 1}, {"f": 2}]})"),
            "Invalid JSON structure. instances[1] lacks an input; input name: i");
  EXPECT_EQ(refusal(R"({"instances": [{"f": 1}, {"f": 2, "i": 1}]})"),
            "Invalid JSON structure. instances[1] has an input twice, or one that an earlier instance lacks; "
            "input name: i");
  EXPECT_NE(refusal(R"({"instances": [{"f": 1, "f": 2}]})").find("input name: f"), std::string::npos);
  EXPECT_NE(refusal(R"({"inputs": {"f": [1], "f": [2]}})").find("twice; input name: f"), std::string::npos);
  EXPECT_NE(refusal(R"({"instances": [{"f": [1, 2]}, {"f": [1]}]})").find("differ in length"), std::string::npos);
}

TEST(PredictBody, RowsAreEitherAllNamedOrAllNot) {
  EXPECT_EQ(refusal_of_one(R"({"instances": [{"x": 1}, 2]})"),
            "Invalid JSON structure. One of instances is not an object");
  EXPECT_NE(refusal_of_one(R"({"instances": [1, {"x": 1}]})").find("input name: x"), std::string::npos);
}

TEST(PredictBody, RefusesDeepNesting) {
  const std::string deep = R"({"inputs": {"x": )" + std::string(200, '[') + "1" + std::string(200, ']') + "}}";
  EXPECT_NE(refusal_of_one(deep).find("too deeply"), std::string::npos);
  const std::string ignored = R"({"inputs": [1], "y": )" + std::string(200, '[') + std::string(200, ']') + "}";
  EXPECT_NE(refusal_of_one(ignored).find("too deeply"), std::string::npos);
  const std::string huge = R"({"inputs": )" + std::string(1000000, '[');
  EXPECT_THROW(parse_one(huge), Error);

  const Signature signature = one_input_signature(ElementType::kF32);
  EXPECT_NO_THROW(parse_predict(R"({"inputs": {"x": [[1]]}})", signature, 4));
  EXPECT_THROW(parse_predict(R"({"inputs": {"x": [[1]]}})", signature, 3), Error);
}

TEST(PredictBody, SaysWhenTheBodyIsNotJson) {
  const char* bodies[] = {"",
                          " ",
                          "not json",
                          "{",
                          R"({"instances")",
                          R"({"instances": [1])",
                          R"({"instances": [1]}})",
                          R"({"instances": [1]} {})",
                          R"({"instances": [1]} trailing)",
                          R"({"instances": [1,]})",
                          R"({"instances": [1 2]})",
                          R"({"instances": [1}})",
                          R"({"instances": [1], "x": tru})",
                          R"({"instances": [1], "x": nul})",
                          R"({"instances": [1], "x": 01})",
                          R"({"instances": [1], "x": "\q"})",
                          R"({"instances": [1], })",
                          R"({instances: [1]})",
                          "{\"instances\": [1], \"x\": \"\xFF\"}",
                          "{\"instances\": [1], \"x\": \"\n\"}",
                          "12 34",
                          "[1, 2"};
  for (const char* body : bodies) {
    EXPECT_EQ(error_of(ErrorCode::kFailedPrecondition, [&] { parse_one(body); }), "The file is not valid json") << body;
  }
}

TEST(PredictBody, BrokenJsonOutweighsOtherMistakes) {
  for (const char* body : {R"({"inputs": [[1, 2], [3]], xx})", R"({"inputs": ["a"] )", R"({"instances": [], "a" 1})"}) {
    EXPECT_EQ(error_of(ErrorCode::kFailedPrecondition, [&] { parse_one(body); }), "The file is not valid json") << body;
  }
}

TEST(PredictBody, CutsLongNamesInMessages) {
  const std::string name(100000, 'n');
  const std::string text = refusal(R"({"inputs": {")" + name + R"(": 1, ")" + name + R"(": 1}})");
  EXPECT_LT(text.size(), 400U);
}

// The parser has room to unescape each string of a body once.
TEST(PredictBody, HasRoomForLongStrings) {
  const std::string text(300000, 'A');
  const PredictBody row = parse_one(R"({"instances": [{"b64": ")" + text + R"("}]})", ElementType::kString);
  EXPECT_EQ(texts(row.inputs.at(0)).at(0).size(), text.size() / 4 * 3);
  const PredictBody column = parse_one(R"({"inputs": {"b64": ")" + text + R"("}})", ElementType::kString);
  EXPECT_EQ(texts(column.inputs.at(0)).at(0).size(), text.size() / 4 * 3);
  const PredictBody named = parse_one(R"({"instances": [{")" + text + R"(": ")" + text + R"("}]})");
  EXPECT_EQ(named.inputs.at(0).name, text);
}

TEST(PredictBody, AcceptsWhitespaceAnywhere) {
  EXPECT_EQ(parse_one("\n {\t\"inputs\" : [ 1 ,\r\n2 ] } \n").inputs.at(0).shape, Shape{2});
}

}  // namespace
}  // namespace ovserve::tfs_rest
