#include "codec/tfs_grpc_tensor.h"

#include <cstdint>

#include "codec/protobuf_wire.h"
#include "codec/tfs_data_type.h"
#include "codec/typed_values.h"

namespace ovserve::tfs_grpc {
namespace {

using wire::bytes_field;
using wire::varint_field;

// TensorProto
constexpr std::uint32_t kDtype = 1;
constexpr std::uint32_t kTensorShape = 2;
constexpr std::uint32_t kTensorContent = 4;

// The field that holds values of a type one by one; 0 if there is none.
std::uint32_t values_field(ElementType type) {
  switch (type) {
    case ElementType::kF32:
      return 5;  // float_val
    case ElementType::kF64:
      return 6;  // double_val
    case ElementType::kI8:
    case ElementType::kI16:
    case ElementType::kI32:
    case ElementType::kU8:
    case ElementType::kU16:
      return 7;  // int_val
    case ElementType::kString:
      return 8;  // string_val
    case ElementType::kI64:
      return 10;  // int64_val
    case ElementType::kBool:
      return 11;  // bool_val
    case ElementType::kF16:
    case ElementType::kBf16:
      return 13;  // half_val
    case ElementType::kU32:
      return 16;  // uint32_val
    case ElementType::kU64:
      return 17;  // uint64_val
    case ElementType::kUndefined:
      break;
  }
  return 0;
}

std::int64_t parse_dimension(std::string_view wire) {
  std::int64_t size = 0;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == varint_field(1)) size = field.int64();
  }
  return size;
}

// unknown_rank is ignored, as OpenVINO Model Server does.
void parse_shape(std::string_view wire, Shape& shape) {
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == bytes_field(2)) shape.push_back(parse_dimension(field.bytes));
  }
}

void set_raw_content(RequestTensor& tensor, std::string_view content) {
  tensor.content = RequestTensor::Content::kRaw;
  tensor.data = content.data();
  tensor.bytes = content.size();
}

// A second walk, since the type that says which field to read may come after it.
TypedValues collect_values(const RequestTensor& tensor, std::string_view wire) {
  TypedValues values(tensor.type, tensor.name);
  const std::uint32_t number = values_field(tensor.type);
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.number() == number) values.add(field);
  }
  return values;
}

}  // namespace

RequestTensor parse_tensor(std::string_view name, std::string_view wire) {
  RequestTensor tensor;
  tensor.name = name;
  std::uint64_t data_type = 0;
  std::string_view content;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    switch (field.tag) {
      case varint_field(kDtype):
        data_type = field.varint;
        break;
      case bytes_field(kTensorShape):
        parse_shape(field.bytes, tensor.shape);
        break;
      case bytes_field(kTensorContent):
        content = field.bytes;
        break;
      default:
        break;
    }
  }
  tensor.type = tfs::element_type_of(data_type);
  tensor.type_text = tfs::precision_text(data_type);

  // Strings have no raw form here: TensorFlow's own one is not meant for the wire.
  const bool is_string = tensor.type == ElementType::kString;
  if (content.empty() || is_string) {
    TypedValues values = collect_values(tensor, wire);
    if (values.count() != 0 || is_string) {
      std::move(values).move_into(tensor);
      return tensor;
    }
  }
  set_raw_content(tensor, content);
  return tensor;
}

}  // namespace ovserve::tfs_grpc
