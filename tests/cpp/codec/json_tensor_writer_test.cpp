#include "codec/json_tensor_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/float16.h"

namespace ovserve::json {
namespace {

template <class T>
TensorView view(ElementType type, const Shape& shape, const std::vector<T>& values) {
  return {type, shape, values.data(), values.size() * sizeof(T)};
}

std::string written(const TensorView& tensor) {
  std::string out;
  append_tensor(out, tensor);
  return out;
}

TEST(JsonTensor, NestsByShape) {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(written(view(ElementType::kF32, {6}, values)), "[1.0,2.0,3.0,4.0,5.0,6.0]");
  EXPECT_EQ(written(view(ElementType::kF32, {2, 3}, values)), "[[1.0,2.0,3.0],[4.0,5.0,6.0]]");
  EXPECT_EQ(written(view(ElementType::kF32, {1, 3, 2}, values)), "[[[1.0,2.0],[3.0,4.0],[5.0,6.0]]]");
  EXPECT_EQ(written(view(ElementType::kF32, {}, values)), "1.0");
}

TEST(JsonTensor, KeepsEmptyDimensions) {
  const std::vector<float> none;
  EXPECT_EQ(written(view(ElementType::kF32, {0}, none)), "[]");
  EXPECT_EQ(written(view(ElementType::kF32, {2, 0}, none)), "[[],[]]");
  EXPECT_EQ(written(view(ElementType::kF32, {0, 2}, none)), "[]");
}

TEST(JsonTensor, WritesEveryType) {
  EXPECT_EQ(written(view<std::uint8_t>(ElementType::kBool, {2}, {0, 1})), "[false,true]");
  EXPECT_EQ(written(view<std::uint16_t>(ElementType::kF16, {1}, {f16_from_float(0.5F)})), "[0.5]");
  EXPECT_EQ(written(view<std::uint16_t>(ElementType::kBf16, {1}, {bf16_from_float(-2.0F)})), "[-2.0]");
  EXPECT_EQ(written(view<double>(ElementType::kF64, {1}, {0.1})), "[0.1]");
  EXPECT_EQ(written(view<std::int8_t>(ElementType::kI8, {1}, {-128})), "[-128]");
  EXPECT_EQ(written(view<std::int16_t>(ElementType::kI16, {1}, {-32768})), "[-32768]");
  EXPECT_EQ(written(view<std::int32_t>(ElementType::kI32, {1}, {-5})), "[-5]");
  EXPECT_EQ(written(view<std::int64_t>(ElementType::kI64, {1}, {9007199254740993})), "[9007199254740993]");
  EXPECT_EQ(written(view<std::uint8_t>(ElementType::kU8, {1}, {255})), "[255]");
  EXPECT_EQ(written(view<std::uint16_t>(ElementType::kU16, {1}, {65535})), "[65535]");
  EXPECT_EQ(written(view<std::uint32_t>(ElementType::kU32, {1}, {4294967295U})), "[4294967295]");
  EXPECT_EQ(written(view<std::uint64_t>(ElementType::kU64, {1}, {~std::uint64_t{0}})), "[18446744073709551615]");
}

// Longer than what is written at a time, in long rows and in short ones.
TEST(JsonTensor, WritesLongTensorsAsManyShortOnes) {
  std::vector<std::int32_t> values(70'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i * 7919 % 1'000'003);
  for (const std::int64_t row : {2, 35'000, 70'000}) {
    const Shape shape{static_cast<std::int64_t>(values.size()) / row, row};
    std::string expected = "[";
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool begins_row = i % static_cast<std::size_t>(row) == 0;
      if (begins_row) expected += i == 0 ? "[" : "],[";
      if (!begins_row) expected += ',';
      expected += std::to_string(values[i]);
    }
    expected += "]]";
    EXPECT_TRUE(written(view(ElementType::kI32, shape, values)) == expected) << row;
  }
}

TEST(JsonTensor, LeavesWhatStoodBefore) {
  std::string out = "{\"outputs\": ";
  append_tensor(out, view<float>(ElementType::kF32, {2}, {1.5F, 1e20F}));
  out += '}';
  EXPECT_EQ(out, "{\"outputs\": [1.5,1e+20]}");
}

TEST(JsonTensor, WritesBytesThatAreNoTextAsBase64) {
  const std::vector<std::string> strings{"one", "\xFF\x01"};
  EXPECT_EQ(written(view(ElementType::kString, {2}, strings)), R"(["one",{"b64": "/wE="}])");
}

TEST(JsonTensor, WritesOneRow) {
  const std::vector<std::int32_t> values{1, 2, 3, 4};
  std::string out;
  append_row(out, view(ElementType::kI32, {2, 2}, values), 1);
  EXPECT_EQ(out, "[3,4]");
  const std::vector<std::string> strings{"a", "b"};
  out.clear();
  append_row(out, view(ElementType::kString, {2}, strings), 1);
  EXPECT_EQ(out, "\"b\"");
}

TEST(JsonTensor, ReadsUnalignedMemory) {
  std::vector<char> block(9);
  const float value = 1.5F;
  std::copy_n(reinterpret_cast<const char*>(&value), sizeof(value), block.data() + 1);
  EXPECT_EQ(written({ElementType::kF32, {1}, block.data() + 1, sizeof(value)}), "[1.5]");
}

}  // namespace
}  // namespace ovserve::json
