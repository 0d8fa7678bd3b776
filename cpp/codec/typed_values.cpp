#include "codec/typed_values.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "codec/input_error.h"

namespace ovserve {
namespace {

// Every varint ends with its only byte below 0x80.
std::size_t count_varints(std::string_view packed) {
  return static_cast<std::size_t>(
      std::count_if(packed.begin(), packed.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; }));
}

template <class Value>
[[noreturn]] void does_not_fit(Value value, ElementType type, std::string_view input) {
  throw_input_error("Invalid value - " + std::to_string(value) + " does not fit " + precision_name(type), input);
}

}  // namespace

void TypedValues::add(const wire::Field& field) {
  switch (type_) {
    case ElementType::kUndefined:
      return;
    case ElementType::kString:
      if (field.type() != wire::WireType::kBytes) return;
      strings_.emplace_back(field.bytes);
      ++count_;
      return;
    case ElementType::kF32:
      return add_fixed(field, wire::WireType::kFixed32);
    case ElementType::kF64:
      return add_fixed(field, wire::WireType::kFixed64);
    default:
      if (field.type() == wire::WireType::kVarint || field.type() == wire::WireType::kBytes) add_varints(field);
  }
}

void TypedValues::add_fixed(const wire::Field& field, wire::WireType single) {
  if (field.type() != single && field.type() != wire::WireType::kBytes) return;
  const std::size_t width = size_of(type_);
  if (field.bytes.size() % width != 0) wire::malformed("a packed number is cut short");
  if (field.bytes.empty()) return;
  if (count_ == 0) {
    view_ = field.bytes;
  } else {
    if (values_.empty()) append(view_.data(), view_.size());
    append(field.bytes.data(), field.bytes.size());
  }
  count_ += field.bytes.size() / width;
}

void TypedValues::add_varints(const wire::Field& field) {
  switch (type_) {
    case ElementType::kBool:
      return add_varints_as<bool, std::uint64_t>(field);
    case ElementType::kI8:
      return add_varints_as<std::int8_t, std::int32_t>(field);
    case ElementType::kI16:
      return add_varints_as<std::int16_t, std::int32_t>(field);
    case ElementType::kI32:
      return add_varints_as<std::int32_t, std::int32_t>(field);
    case ElementType::kI64:
      return add_varints_as<std::int64_t, std::int64_t>(field);
    case ElementType::kU8:
      return add_varints_as<std::uint8_t, std::int64_t>(field);
    case ElementType::kU32:
      return add_varints_as<std::uint32_t, std::uint32_t>(field);
    case ElementType::kU64:
      return add_varints_as<std::uint64_t, std::uint64_t>(field);
    default:  // kU16, and the bit patterns of kF16 and kBf16
      return add_varints_as<std::uint16_t, std::int64_t>(field);
  }
}

template <class Stored, class OnWire>
void TypedValues::add_varints_as(const wire::Field& field) {
  const bool packed = field.type() == wire::WireType::kBytes;
  const std::size_t added = packed ? count_varints(field.bytes) : 1;
  std::size_t offset = values_.size();
  values_.resize(offset + added * sizeof(Stored));

  const auto store = [&](std::uint64_t varint) {
    const auto value = static_cast<OnWire>(varint);
    if constexpr (!std::is_same_v<Stored, bool>) {
      if (!std::in_range<Stored>(value)) does_not_fit(value, type_, input_);
    }
    const auto stored = static_cast<Stored>(value);
    std::memcpy(values_.data() + offset, &stored, sizeof(Stored));
    offset += sizeof(Stored);
  };

  if (packed) {
    // A block whose last varint is cut short throws before it can store one more than was counted.
    for (std::string_view rest = field.bytes; !rest.empty();) store(wire::take_varint(rest));
  } else {
    store(field.varint);
  }
  count_ += added;
}

void TypedValues::append(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  values_.insert(values_.end(), bytes, bytes + size);
}

void TypedValues::move_into(RequestTensor& tensor) && {
  tensor.content = RequestTensor::Content::kValues;
  tensor.value_count = count_;
  tensor.values = std::move(values_);
  tensor.strings = std::move(strings_);
  if (type_ == ElementType::kString) {
    tensor.data = tensor.strings.data();
    tensor.bytes = tensor.strings.size() * sizeof(std::string);
  } else if (tensor.values.empty()) {
    tensor.data = view_.data();
    tensor.bytes = view_.size();
  } else {
    tensor.data = tensor.values.data();
    tensor.bytes = tensor.values.size();
  }
}

}  // namespace ovserve
