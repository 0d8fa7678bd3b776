// Numbers of a request body, through the one function that reads them.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "base/float16.h"
#include "codec/error_expectation.h"
#include "codec/tensor_content.h"
#include "codec/test_signatures.h"
#include "codec/tfs_rest.h"

namespace ovserve::json {
namespace {

using testing::elements;
using testing::error_of;

RequestTensor parsed(ElementType type, const std::string& number) {
  auto body = tfs_rest::parse_predict("{\"inputs\": [" + number + "]}", testing::one_input_signature(type));
  return std::move(body.inputs.at(0));
}

template <class T>
T value(ElementType type, const std::string& number) {
  return elements<T>(parsed(type, number)).at(0);
}

std::string refusal(ElementType type, const std::string& number) {
  return error_of(ErrorCode::kInvalidArgument, [&] { parsed(type, number); });
}

TEST(JsonNumber, FloatsTakeIntegersAndFractions) {
  EXPECT_EQ(value<float>(ElementType::kF32, "1"), 1.0F);
  EXPECT_EQ(value<float>(ElementType::kF32, "0.1"), 0.1F);
  EXPECT_EQ(value<float>(ElementType::kF32, "-2.5e-3"), -2.5e-3F);
  EXPECT_EQ(value<double>(ElementType::kF64, "0.1"), 0.1);
  EXPECT_EQ(value<double>(ElementType::kF64, "123456789012345678901234567890"), 123456789012345678901234567890.0);
  EXPECT_EQ(value<std::uint16_t>(ElementType::kF16, "1.5"), f16_from_float(1.5F));
  EXPECT_EQ(value<std::uint16_t>(ElementType::kBf16, "1.5"), bf16_from_float(1.5F));
}

TEST(JsonNumber, FloatsAreRoundedOnce) {
  // Printed for 0x1.5c87fap-84; its double lies half way to the next float.
  EXPECT_EQ(value<float>(ElementType::kF32, "7.038531e-26"), 0x1.5c87fap-84F);
  EXPECT_EQ(value<float>(ElementType::kF32, "-7.038531e-26 "), -0x1.5c87fap-84F);
  // 1 + 2^-24 is half way: nothing, one digit more and one digit less than that.
  EXPECT_EQ(value<float>(ElementType::kF32, "1.000000059604644775390625"), 1.0F);
  EXPECT_EQ(value<float>(ElementType::kF32, "1.0000000596046447753906250001"), 1.0F + 0x1p-23F);
  EXPECT_EQ(value<float>(ElementType::kF32, "1.0000000596046447753906249999"), 1.0F);
  // Half way between zero and the smallest float.
  EXPECT_EQ(value<float>(ElementType::kF32, "7.00649232162408535461864791644958065640130970938257885878534e-46"), 0.0F);
  EXPECT_EQ(value<float>(ElementType::kF32, "7.0064923216240853546186479164495806564013097093825788587854e-46"),
            0x1p-149F);
  EXPECT_EQ(value<std::uint16_t>(ElementType::kF16, "1.00048828126"), 0x3C01);
  EXPECT_EQ(value<std::uint16_t>(ElementType::kF16, "1.00048828125"), 0x3C00);
  EXPECT_EQ(value<std::uint16_t>(ElementType::kBf16, "1.00390625001"), 0x3F81);
}

TEST(JsonNumber, FloatsRefuseWhatBecomesInfinite) {
  EXPECT_EQ(value<float>(ElementType::kF32, "3.4028234663852886e38"), std::numeric_limits<float>::max());
  EXPECT_EQ(refusal(ElementType::kF32, "1e39"),
            "Could not parse the value of an input - The number 1e39 does not fit FP32; input name: x");
  EXPECT_NE(refusal(ElementType::kF64, "1e400").find("1e400 does not fit FP64"), std::string::npos);
  EXPECT_NE(refusal(ElementType::kF16, "65520").find("65520 does not fit FP16"), std::string::npos);
  EXPECT_EQ(value<float>(ElementType::kF32, "1e-400"), 0.0F);
}

TEST(JsonNumber, IntegersOf64BitsAreExact) {
  EXPECT_EQ(value<std::int64_t>(ElementType::kI64, "9007199254740993"), 9007199254740993);
  EXPECT_EQ(value<std::int64_t>(ElementType::kI64, "-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(value<std::uint64_t>(ElementType::kU64, "18446744073709551615"), ~std::uint64_t{0});
}

TEST(JsonNumber, IntegersTakeFloatsWithoutAFraction) {
  EXPECT_EQ(value<std::int32_t>(ElementType::kI32, "3.0"), 3);
  EXPECT_EQ(value<std::int32_t>(ElementType::kI32, "-1e3"), -1000);
  EXPECT_EQ(value<std::uint8_t>(ElementType::kU8, "2.55e2"), 255);
  EXPECT_EQ(value<std::uint8_t>(ElementType::kU8, "-0"), 0);
  EXPECT_EQ(refusal(ElementType::kI32, "1.5"),
            "Could not parse the value of an input - The number 1.5 has a fraction, but the input takes I32; "
            "input name: x");
}

TEST(JsonNumber, IntegersRefuseWhatDoesNotFit) {
  const std::pair<ElementType, const char*> cases[] = {
      {ElementType::kI8, "128"},         {ElementType::kI8, "-129"},
      {ElementType::kU8, "256"},         {ElementType::kU8, "-1"},
      {ElementType::kI16, "32768"},      {ElementType::kU16, "65536"},
      {ElementType::kI32, "2147483648"}, {ElementType::kI32, "2147483648.0"},
      {ElementType::kU32, "4294967296"}, {ElementType::kI64, "9223372036854775808"},
      {ElementType::kI64, "-9.3e18"},    {ElementType::kU64, "18446744073709551616"},
      {ElementType::kU64, "-1"},         {ElementType::kI64, "1e400"},
  };
  for (const auto& [type, number] : cases) {
    EXPECT_NE(refusal(type, number).find(std::string(number) + " does not fit " + precision_name(type)),
              std::string::npos)
        << refusal(type, number);
  }
  EXPECT_EQ(value<std::int64_t>(ElementType::kI64, "-9223372036854775808.0"), std::numeric_limits<std::int64_t>::min());
}

TEST(JsonNumber, BooleansTakeZeroAndOne) {
  EXPECT_EQ(value<std::uint8_t>(ElementType::kBool, "true"), 1);
  EXPECT_EQ(value<std::uint8_t>(ElementType::kBool, "false"), 0);
  EXPECT_EQ(value<std::uint8_t>(ElementType::kBool, "1"), 1);
  EXPECT_EQ(value<std::uint8_t>(ElementType::kBool, "0.0"), 0);
  EXPECT_NE(refusal(ElementType::kBool, "2").find("2 does not fit BOOL"), std::string::npos);
}

TEST(JsonNumber, FloatsTakeTheNumbersWithoutDigits) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isnan(value<double>(ElementType::kF64, "NaN")));
  EXPECT_TRUE(std::isnan(value<float>(ElementType::kF32, " NaN\n\t")));
  EXPECT_TRUE(std::isnan(float_from_f16(value<std::uint16_t>(ElementType::kF16, "NaN"))));
  EXPECT_TRUE(std::isnan(float_from_bf16(value<std::uint16_t>(ElementType::kBf16, "NaN"))));
  EXPECT_EQ(value<double>(ElementType::kF64, "Infinity "), kInfinity);
  EXPECT_EQ(value<float>(ElementType::kF32, "-Infinity"), -kInfinity);
  EXPECT_EQ(float_from_f16(value<std::uint16_t>(ElementType::kF16, "-Infinity")), -kInfinity);
  EXPECT_EQ(float_from_bf16(value<std::uint16_t>(ElementType::kBf16, "Infinity")), kInfinity);
  EXPECT_EQ(elements<float>(parsed(ElementType::kF32, "1, Infinity,-Infinity , 2")),
            (std::vector<float>{1, kInfinity, -kInfinity, 2}));
}

TEST(JsonNumber, OtherTypesRefuseTheNumbersWithoutDigits) {
  for (const ElementType type : {ElementType::kI32, ElementType::kU64, ElementType::kBool}) {
    for (const char* token : {"NaN", "Infinity", "-Infinity"}) {
      EXPECT_NE(refusal(type, token).find(std::string(token) + " does not fit"), std::string::npos);
    }
  }
  EXPECT_EQ(refusal(ElementType::kString, "NaN"),
            "Invalid input precision - Expected: STRING; Actual: a number; input name: x");
}

TEST(JsonNumber, WhatIsNoNumberIsNotJson) {
  for (const char* token :
       {"01",  "1.",  ".5",   "+1",        "1e",         "0x10", "--1",  "1a",        "-",       "1_000", "1..2",
        "nan", "Inf", "-NaN", "+Infinity", "--Infinity", "NaNN", "NaN1", "Infinity0", "NaN\"\"", "N",     "NaN NaN"}) {
    for (const ElementType type : {ElementType::kF32, ElementType::kI64, ElementType::kBool}) {
      EXPECT_EQ(error_of(ErrorCode::kFailedPrecondition, [&] { parsed(type, token); }), "The file is not valid json")
          << token << " " << precision_name(type);
    }
  }
}

}  // namespace
}  // namespace ovserve::json
