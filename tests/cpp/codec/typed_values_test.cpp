#include "codec/typed_values.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <utility>

#include "codec/error_expectation.h"
#include "codec/message_builder.h"
#include "codec/tensor_content.h"

namespace ovserve {
namespace {

using testing::elements;
using testing::error_of;
using testing::Message;
using testing::texts;

RequestTensor collect(ElementType type, const std::string& wire) {
  TypedValues values(type, "b");
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) values.add(field);
  RequestTensor tensor;
  tensor.type = type;
  std::move(values).move_into(tensor);
  return tensor;
}

std::string negative(std::int64_t value) { return Message().bare_varint(static_cast<std::uint64_t>(value)).wire(); }

TEST(TypedValues, UsesOnePackedBlockOfFloatsWhereItIs) {
  const std::string wire = Message().bytes(5, testing::bytes_of<float>({1.5F, -2.5F})).wire();
  const RequestTensor tensor = collect(ElementType::kF32, wire);
  EXPECT_EQ(tensor.data, wire.data() + 2);
  EXPECT_EQ(tensor.value_count, 2U);
  EXPECT_EQ(elements<float>(tensor), (std::vector<float>{1.5F, -2.5F}));
}

TEST(TypedValues, JoinsPackedAndUnpackedValuesInOrder) {
  const std::string wire =
      Message().fixed64(6, 1.0).bytes(6, testing::bytes_of<double>({2.0, 3.0})).fixed64(6, 4.0).wire();
  EXPECT_EQ(elements<double>(collect(ElementType::kF64, wire)), (std::vector<double>{1, 2, 3, 4}));

  const std::string varints = Message().varint(7, 1).bytes(7, "\x02\x03").varint(7, 4).wire();
  EXPECT_EQ(elements<std::int32_t>(collect(ElementType::kI32, varints)), (std::vector<std::int32_t>{1, 2, 3, 4}));
}

TEST(TypedValues, KeepsEachTypesLimits) {
  using Limits64 = std::numeric_limits<std::int64_t>;
  EXPECT_EQ(elements<std::int64_t>(collect(ElementType::kI64, Message().bytes(1, negative(Limits64::min())).wire())),
            std::vector{Limits64::min()});
  EXPECT_EQ(elements<std::uint64_t>(collect(ElementType::kU64, Message().varint(1, ~0ULL).wire())),
            std::vector<std::uint64_t>{~0ULL});
  EXPECT_EQ(elements<std::uint32_t>(collect(ElementType::kU32, Message().varint(1, 0xFFFFFFFFU).wire())),
            std::vector<std::uint32_t>{0xFFFFFFFFU});
  EXPECT_EQ(elements<std::int8_t>(collect(ElementType::kI8, Message().bytes(1, negative(-128)).wire())),
            std::vector<std::int8_t>{-128});
  EXPECT_EQ(elements<std::uint16_t>(collect(ElementType::kU16, Message().varint(1, 65535).wire())),
            std::vector<std::uint16_t>{65535});
  EXPECT_EQ(elements<std::uint16_t>(collect(ElementType::kF16, Message().varint(1, 0x3C00).wire())),
            std::vector<std::uint16_t>{0x3C00});
  EXPECT_EQ(elements<std::uint8_t>(collect(ElementType::kBool, Message().bytes(1, {"\x00\x01\x7F", 3}).wire())),
            (std::vector<std::uint8_t>{0, 1, 1}));
}

TEST(TypedValues, NamesTheValueThatDoesNotFit) {
  const auto text = [](ElementType type, const std::string& packed) {
    return error_of(ErrorCode::kInvalidArgument, [&] { collect(type, Message().bytes(1, packed).wire()); });
  };
  EXPECT_EQ(text(ElementType::kU8, Message().bare_varint(256).wire()),
            "Invalid value - 256 does not fit U8; input name: b");
  EXPECT_EQ(text(ElementType::kU8, negative(-1)), "Invalid value - -1 does not fit U8; input name: b");
  EXPECT_EQ(text(ElementType::kI8, Message().bare_varint(128).wire()),
            "Invalid value - 128 does not fit I8; input name: b");
  EXPECT_EQ(text(ElementType::kBf16, Message().bare_varint(65536).wire()),
            "Invalid value - 65536 does not fit BF16; input name: b");
}

TEST(TypedValues, CollectsStrings) {
  const std::string wire = Message().bytes(8, "one").bytes(8, "").bytes(8, "\xFF").wire();
  EXPECT_EQ(texts(collect(ElementType::kString, wire)), (std::vector<std::string>{"one", "", "\xFF"}));
}

TEST(TypedValues, IgnoresOtherWireTypes) {
  EXPECT_EQ(collect(ElementType::kF32, Message().varint(5, 1).wire()).value_count, 0U);
  EXPECT_EQ(collect(ElementType::kI32, Message().fixed32(5, 1).wire()).value_count, 0U);
  EXPECT_EQ(collect(ElementType::kString, Message().varint(5, 1).wire()).value_count, 0U);
  EXPECT_EQ(collect(ElementType::kUndefined, Message().varint(5, 1).wire()).value_count, 0U);
}

TEST(TypedValues, RefusesPackedBlocksThatAreCutShort) {
  error_of(ErrorCode::kInvalidArgument, [] { collect(ElementType::kF32, Message().bytes(5, "\1\2\3\4\5").wire()); });
  error_of(ErrorCode::kInvalidArgument, [] { collect(ElementType::kI64, Message().bytes(5, "\x01\x80").wire()); });
  error_of(ErrorCode::kInvalidArgument, [] { collect(ElementType::kI64, Message().bytes(5, "\x80").wire()); });
}

}  // namespace
}  // namespace ovserve
