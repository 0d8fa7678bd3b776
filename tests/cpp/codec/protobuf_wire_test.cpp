#include "codec/protobuf_wire.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "codec/error_expectation.h"
#include "codec/message_builder.h"

namespace ovserve::wire {
namespace {

using testing::error_of;
using testing::Message;
using testing::StringSink;

std::vector<Field> read_all(const std::string& wire) {
  std::vector<Field> fields;
  Reader reader(wire);
  for (Field field; reader.next(field);) fields.push_back(field);
  return fields;
}

std::string reason(const std::string& wire) {
  return error_of(ErrorCode::kInvalidArgument, [&] { read_all(wire); });
}

TEST(WireReader, ReadsEveryWireType) {
  const std::string wire =
      Message().varint(1, 300).bytes(2, "text").fixed32(3, 1.5F).fixed64(4, 2.5).bytes(1000000, "").wire();
  const auto fields = read_all(wire);
  ASSERT_EQ(fields.size(), 5U);
  EXPECT_EQ(fields[0].tag, varint_field(1));
  EXPECT_EQ(fields[0].varint, 300U);
  EXPECT_EQ(fields[1].tag, bytes_field(2));
  EXPECT_EQ(fields[1].bytes, "text");
  EXPECT_EQ(fields[2].type(), WireType::kFixed32);
  EXPECT_EQ(fields[2].bytes.size(), 4U);
  EXPECT_EQ(fields[3].type(), WireType::kFixed64);
  EXPECT_EQ(fields[3].bytes.size(), 8U);
  EXPECT_EQ(fields[4].number(), 1000000U);
  EXPECT_TRUE(fields[4].bytes.empty());
}

TEST(WireReader, ReadsInPlace) {
  const std::string wire = Message().bytes(1, "content").wire();
  EXPECT_EQ(read_all(wire)[0].bytes.data(), wire.data() + 2);
}

TEST(WireReader, ReadsNegativeAndLargestNumbers) {
  const auto fields = read_all(Message()
                                   .varint(1, std::numeric_limits<std::uint64_t>::max())
                                   .varint(1, static_cast<std::uint64_t>(std::int64_t{-7}))
                                   .wire());
  EXPECT_EQ(fields[0].varint, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(fields[0].int32(), -1);
  EXPECT_EQ(fields[1].int64(), -7);
}

TEST(WireReader, PassesOverGroups) {
  const std::string wire =
      Message().tag(7, 3).varint(1, 5).tag(8, 3).bytes(2, "inner").tag(8, 4).tag(7, 4).varint(1, 9).wire();
  const auto fields = read_all(wire);
  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields[0].varint, 9U);
}

TEST(WireReader, RefusesBrokenGroups) {
  EXPECT_NE(reason(Message().tag(7, 3).tag(8, 4).wire()).find("a group ends"), std::string::npos);
  EXPECT_NE(reason(Message().tag(7, 4).wire()).find("a group ends"), std::string::npos);
  EXPECT_NE(reason(Message().tag(7, 3).varint(1, 1).wire()).find("cut short"), std::string::npos);
  Message deep;
  for (int i = 0; i < 101; ++i) deep.tag(1, 3);
  EXPECT_NE(reason(deep.wire()).find("nested too deeply"), std::string::npos);
}

TEST(WireReader, RefusesWhatIsCutShort) {
  const std::string whole = Message().varint(1, 300).bytes(2, "text").fixed32(3, 1).fixed64(4, 2).wire();
  const std::vector<std::size_t> field_ends{0, 3, 9, 14, 23};
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string part = whole.substr(0, size);
    if (std::find(field_ends.begin(), field_ends.end(), size) != field_ends.end()) {
      EXPECT_NO_THROW(read_all(part)) << size;
    } else {
      EXPECT_NE(reason(part).find("cut short"), std::string::npos) << size;
    }
  }
}

TEST(WireReader, RefusesImpossibleTags) {
  EXPECT_NE(reason(Message().tag(0, 0).wire()).find("number 0"), std::string::npos);
  EXPECT_NE(reason(Message().tag(1, 6).wire()).find("unknown wire type"), std::string::npos);
  EXPECT_NE(reason(Message().tag(1, 7).wire()).find("unknown wire type"), std::string::npos);
  EXPECT_NE(reason(Message().bare_varint(1ULL << 40U).wire()).find("too large"), std::string::npos);
}

TEST(WireReader, RefusesLengthsBeyondTheMessage) {
  const auto largest = std::numeric_limits<std::uint64_t>::max();
  EXPECT_NE(reason(Message().tag(1, 2).bare_varint(largest).wire()).find("cut short"), std::string::npos);
}

TEST(WireReader, RefusesNumbersOfMoreThan64Bits) {
  const std::string eleven_bytes = std::string("\x08") + std::string(10, '\xFF') + "\x01";
  const std::string bit_65 = std::string("\x08") + std::string(9, '\xFF') + "\x02";
  EXPECT_NE(reason(eleven_bytes).find("64 bits"), std::string::npos);
  EXPECT_NE(reason(bit_65).find("64 bits"), std::string::npos);
}

TEST(TextOf, RefusesWhatIsNotUtf8) {
  const auto good = Message().bytes(1, "na\xC3\xAFve").wire();
  EXPECT_EQ(text_of(read_all(good)[0]), "na\xC3\xAFve");
  const auto bad = Message().bytes(1, "\xFF").wire();
  error_of(ErrorCode::kInvalidArgument, [&] { text_of(read_all(bad)[0]); });
}

TEST(WireEncode, WritesWhatTheCounterCounted) {
  StringSink sink;
  encode(sink, [](auto& out) {
    write_varint(out, 1, std::numeric_limits<std::uint64_t>::max());
    write_map_entry(out, 2, "key", [](auto& value) { write_text(value, 1, "x"); });
    write_message(out, 3, [](auto& outer) { write_message(outer, 4, [](auto& /*empty*/) {}); });
    write_bytes(out, 5, nullptr, 0);
  });
  const std::string expected = Message()
                                   .varint(1, std::numeric_limits<std::uint64_t>::max())
                                   .message(2, Message().bytes(1, "key").message(2, Message().bytes(1, "x")))
                                   .message(3, Message().message(4, Message()))
                                   .bytes(5, "")
                                   .wire();
  EXPECT_EQ(sink.written(), expected);
  EXPECT_EQ(sink.calls(), 1);
}

TEST(WireEncode, EncodesAnEmptyMessage) {
  StringSink sink;
  encode(sink, [](auto& /*out*/) {});
  EXPECT_EQ(sink.written(), "");
  EXPECT_EQ(sink.calls(), 1);
}

TEST(WireEncode, RefusesMoreThanProtobufAllows) {
  EXPECT_NO_THROW(check_message_size(0x7FFFFFFFU));
  error_of(ErrorCode::kResourceExhausted, [] { check_message_size(0x80000000U); });
}

TEST(VarintSize, GrowsEverySevenBits) {
  EXPECT_EQ(varint_size(0), 1U);
  EXPECT_EQ(varint_size(127), 1U);
  EXPECT_EQ(varint_size(128), 2U);
  EXPECT_EQ(varint_size(std::numeric_limits<std::uint64_t>::max()), 10U);
}

}  // namespace
}  // namespace ovserve::wire
