#include "codec/tfs_grpc_tensor.h"

#include <gtest/gtest.h>

#include "codec/error_expectation.h"
#include "codec/message_builder.h"
#include "codec/tensor_content.h"

namespace ovserve::tfs_grpc {
namespace {

using testing::bytes_of;
using testing::elements;
using testing::Message;
using testing::texts;
using Content = RequestTensor::Content;

Message shape(std::initializer_list<std::int64_t> sizes) {
  Message proto;
  for (const std::int64_t size : sizes) {
    proto.message(2, Message().varint(1, static_cast<std::uint64_t>(size)).bytes(2, "name"));
  }
  return proto;
}

TEST(TfsTensor, UsesTensorContentWhereItIs) {
  const std::string wire =
      Message().varint(1, 1).message(2, shape({1, 2})).bytes(4, bytes_of<float>({1.0F, 2.0F})).wire();
  const RequestTensor tensor = parse_tensor("b", wire);
  EXPECT_EQ(tensor.name, "b");
  EXPECT_EQ(tensor.type, ElementType::kF32);
  EXPECT_EQ(tensor.type_text, "FP32");
  EXPECT_EQ(tensor.shape, (Shape{1, 2}));
  EXPECT_EQ(tensor.content, Content::kRaw);
  EXPECT_EQ(tensor.data, wire.data() + wire.size() - 8);
  EXPECT_EQ(tensor.bytes, 8U);
}

struct TypedCase {
  std::uint64_t data_type;
  std::string packed;
  std::string memory;
  std::uint32_t field;
  ElementType type;
};

TEST(TfsTensor, ReadsTheValueFieldOfEveryType) {
  const std::string one_two("\x01\x02");
  const TypedCase cases[] = {
      {1, bytes_of<float>({1, 2}), bytes_of<float>({1, 2}), 5, ElementType::kF32},
      {2, bytes_of<double>({1, 2}), bytes_of<double>({1, 2}), 6, ElementType::kF64},
      {3, one_two, bytes_of<std::int32_t>({1, 2}), 7, ElementType::kI32},
      {4, one_two, bytes_of<std::uint8_t>({1, 2}), 7, ElementType::kU8},
      {5, one_two, bytes_of<std::int16_t>({1, 2}), 7, ElementType::kI16},
      {6, one_two, bytes_of<std::int8_t>({1, 2}), 7, ElementType::kI8},
      {9, one_two, bytes_of<std::int64_t>({1, 2}), 10, ElementType::kI64},
      {10, one_two, bytes_of<std::uint8_t>({1, 1}), 11, ElementType::kBool},
      {14, one_two, bytes_of<std::uint16_t>({1, 2}), 13, ElementType::kBf16},
      {17, one_two, bytes_of<std::uint16_t>({1, 2}), 7, ElementType::kU16},
      {19, one_two, bytes_of<std::uint16_t>({1, 2}), 13, ElementType::kF16},
      {22, one_two, bytes_of<std::uint32_t>({1, 2}), 16, ElementType::kU32},
      {23, one_two, bytes_of<std::uint64_t>({1, 2}), 17, ElementType::kU64},
  };
  for (const TypedCase& c : cases) {
    const std::string wire = Message().varint(1, c.data_type).message(2, shape({2})).bytes(c.field, c.packed).wire();
    const RequestTensor tensor = parse_tensor("b", wire);
    EXPECT_EQ(tensor.type, c.type);
    EXPECT_EQ(tensor.content, Content::kValues) << precision_name(c.type);
    EXPECT_EQ(tensor.value_count, 2U) << precision_name(c.type);
    EXPECT_EQ(std::string(static_cast<const char*>(tensor.data), tensor.bytes), c.memory) << precision_name(c.type);
  }
}

TEST(TfsTensor, ReadsStrings) {
  const RequestTensor tensor =
      parse_tensor("s", Message().varint(1, 7).message(2, shape({2})).bytes(8, "one").bytes(8, "two").wire());
  EXPECT_EQ(tensor.type, ElementType::kString);
  EXPECT_EQ(tensor.content, Content::kValues);
  EXPECT_EQ(texts(tensor), (std::vector<std::string>{"one", "two"}));
}

TEST(TfsTensor, FindsValuesThatComeBeforeTheType) {
  const RequestTensor tensor = parse_tensor("b", Message().bytes(7, "\x05").message(2, shape({1})).varint(1, 3).wire());
  EXPECT_EQ(elements<std::int32_t>(tensor), std::vector<std::int32_t>{5});
}

TEST(TfsTensor, PrefersTensorContentToValues) {
  const std::string wire = Message().varint(1, 1).fixed32(5, 7.0F).bytes(4, bytes_of<float>({1.0F})).wire();
  const RequestTensor tensor = parse_tensor("b", wire);
  EXPECT_EQ(tensor.content, Content::kRaw);
  EXPECT_EQ(elements<float>(tensor), std::vector<float>{1.0F});
}

TEST(TfsTensor, HasNoBytesWithoutAnyData) {
  const RequestTensor tensor = parse_tensor("b", Message().varint(1, 1).message(2, shape({1, 10})).wire());
  EXPECT_EQ(tensor.content, Content::kRaw);
  EXPECT_EQ(tensor.bytes, 0U);
}

TEST(TfsTensor, KeepsOddShapesForValidation) {
  EXPECT_EQ(parse_tensor("b", Message().varint(1, 1).message(2, shape({-1, 0})).wire()).shape, (Shape{-1, 0}));
  EXPECT_EQ(parse_tensor("b", Message().varint(1, 1).wire()).shape, Shape{});
  const Message unknown_rank = shape({1, 10}).varint(3, 1);
  EXPECT_EQ(parse_tensor("b", Message().varint(1, 1).message(2, unknown_rank).wire()).shape, (Shape{1, 10}));
}

TEST(TfsTensor, NamesTypesThatCannotBeServed) {
  EXPECT_EQ(parse_tensor("b", "").type_text, "INVALID");
  const RequestTensor complex = parse_tensor("b", Message().varint(1, 8).bytes(4, "12345678").wire());
  EXPECT_EQ(complex.type, ElementType::kUndefined);
  EXPECT_EQ(complex.type_text, "UNKNOWN(8)");
  EXPECT_EQ(parse_tensor("b", Message().varint(1, ~0ULL).wire()).type, ElementType::kUndefined);
}

}  // namespace
}  // namespace ovserve::tfs_grpc
