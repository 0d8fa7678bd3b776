#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/infer_request.h"
#include "codec/protobuf_wire.h"

namespace ovserve {

/// Collects a tensor's values from a repeated protobuf field (float_val, int_contents, ...) as
/// elements of the tensor's type. Packed and unpacked values may alternate, as protobuf allows.
///
/// What the field's values are follows from `type`: 32 or 64 bits little-endian for kF32 and kF64,
/// bytes for kString, 16-bit patterns in varints for kF16 and kBf16, varints for the rest.
class TypedValues {
 public:
  /// `input` is named in messages; it must outlive this object.
  TypedValues(ElementType type, std::string_view input) noexcept : type_(type), input_(input) {}

  /// Takes the values of one occurrence of the field; one of another wire type is ignored.
  /// Throws Error(kInvalidArgument) for malformed data and for a value that the type cannot hold.
  void add(const wire::Field& field);

  std::size_t count() const noexcept { return count_; }

  /// Makes the values the tensor's content.
  void move_into(RequestTensor& tensor) &&;

 private:
  void add_fixed(const wire::Field& field, wire::WireType single);
  void add_varints(const wire::Field& field);
  template <class Stored, class OnWire>
  void add_varints_as(const wire::Field& field);
  void append(const void* data, std::size_t size);

  ElementType type_;
  std::string_view input_;
  std::size_t count_ = 0;
  std::string_view view_;  // the only packed block so far: used where it is
  std::vector<std::byte> values_;
  std::vector<std::string> strings_;
};

}  // namespace ovserve
