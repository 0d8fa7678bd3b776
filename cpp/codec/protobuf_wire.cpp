#include "codec/protobuf_wire.h"

#include <limits>
#include <string>

#include "base/error.h"
#include "codec/utf8.h"

namespace ovserve::wire {
namespace {

// Groups may nest; the same bound as protobuf's own parsers have.
constexpr int kMaxGroupDepth = 100;
constexpr std::uint32_t kStartGroup = 3;
constexpr std::uint32_t kEndGroup = 4;
constexpr unsigned kLastVarintShift = 63;

std::string_view take_bytes(std::string_view& data, std::uint64_t size) {
  if (size > data.size()) malformed("a field is cut short");
  const std::string_view bytes = data.substr(0, static_cast<std::size_t>(size));
  data.remove_prefix(bytes.size());
  return bytes;
}

std::uint32_t take_tag(std::string_view& data) {
  const std::uint64_t tag = take_varint(data);
  if (tag > std::numeric_limits<std::uint32_t>::max()) malformed("a field number is too large");
  if (tag >> 3U == 0) malformed("a field has the number 0");
  return static_cast<std::uint32_t>(tag);
}

// Reads the value after `field.tag`; false if the tag starts or ends a group.
bool take_value(std::string_view& data, Field& field) {
  switch (field.tag & 7U) {
    case static_cast<std::uint32_t>(WireType::kVarint):
      field.varint = take_varint(data);
      return true;
    case static_cast<std::uint32_t>(WireType::kFixed64):
      field.bytes = take_bytes(data, sizeof(std::uint64_t));
      return true;
    case static_cast<std::uint32_t>(WireType::kFixed32):
      field.bytes = take_bytes(data, sizeof(std::uint32_t));
      return true;
    case static_cast<std::uint32_t>(WireType::kBytes): {
      const std::uint64_t size = take_varint(data);
      field.bytes = take_bytes(data, size);
      return true;
    }
    case kStartGroup:
    case kEndGroup:
      return false;
    default:
      malformed("a field has an unknown wire type");
  }
}

// Passes over a group whose start tag was just read. Not recursive, so depth costs no stack.
void skip_group(std::string_view& data, std::uint32_t start_tag) {
  std::uint32_t open[kMaxGroupDepth] = {start_tag >> 3U};
  int depth = 1;
  while (depth > 0) {
    Field field;
    field.tag = take_tag(data);
    if (take_value(data, field)) continue;
    if ((field.tag & 7U) == kEndGroup) {
      if (open[--depth] != field.number()) malformed("a group ends that was not begun");
    } else {
      if (depth == kMaxGroupDepth) malformed("groups are nested too deeply");
      open[depth++] = field.number();
    }
  }
}

}  // namespace

void malformed(const char* why) {
  throw Error(ErrorCode::kInvalidArgument, std::string("The request is not a valid protobuf message: ") + why);
}

std::uint64_t take_varint(std::string_view& data) {
  std::uint64_t value = 0;
  std::size_t used = 0;
  for (unsigned shift = 0; shift <= kLastVarintShift; shift += 7) {
    if (used == data.size()) malformed("a number is cut short");
    const auto byte = static_cast<unsigned char>(data[used++]);
    if (shift == kLastVarintShift && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80U) {
      data.remove_prefix(used);
      return value;
    }
  }
  malformed("a number has more than 64 bits");
}

bool Reader::next(Field& field) {
  while (!rest_.empty()) {
    field = Field{};
    field.tag = take_tag(rest_);
    if (take_value(rest_, field)) return true;
    if ((field.tag & 7U) == kEndGroup) malformed("a group ends that was not begun");
    skip_group(rest_, field.tag);
  }
  return false;
}

std::string_view text_of(const Field& field) {
  if (!is_utf8(field.bytes)) malformed("a text is not UTF-8");
  return field.bytes;
}

void check_message_size(std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw Error(ErrorCode::kResourceExhausted,
                "The reply of " + std::to_string(size) + " bytes is larger than the 2 GiB that protobuf allows");
  }
}

}  // namespace ovserve::wire
