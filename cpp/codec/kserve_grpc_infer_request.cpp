#include <utility>

#include "base/error.h"
#include "codec/input_error.h"
#include "codec/kserve_grpc.h"
#include "codec/length_prefixed_strings.h"
#include "codec/model_version_text.h"
#include "codec/protobuf_wire.h"
#include "codec/typed_values.h"

namespace ovserve::kserve_grpc {
namespace {

using wire::bytes_field;

// The InferTensorContents field that holds values of a type; 0 for types that only have a raw form.
std::uint32_t contents_field(ElementType type) {
  switch (type) {
    case ElementType::kBool:
      return 1;
    case ElementType::kI8:
    case ElementType::kI16:
    case ElementType::kI32:
      return 2;
    case ElementType::kI64:
      return 3;
    case ElementType::kU8:
    case ElementType::kU16:
    case ElementType::kU32:
      return 4;
    case ElementType::kU64:
      return 5;
    case ElementType::kF32:
      return 6;
    case ElementType::kF64:
      return 7;
    case ElementType::kString:
      return 8;
    default:
      return 0;
  }
}

void append_dimensions(const wire::Field& field, Shape& shape) {
  if (field.type() == wire::WireType::kVarint) shape.push_back(field.int64());
  if (field.type() != wire::WireType::kBytes) return;
  for (std::string_view rest = field.bytes; !rest.empty();) {
    shape.push_back(static_cast<std::int64_t>(wire::take_varint(rest)));
  }
}

// Reads an InferInputTensor but for its typed contents, which are returned.
std::string_view parse_input(std::string_view wire, RequestTensor& tensor) {
  std::string_view contents;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == bytes_field(1)) tensor.name = wire::text_of(field);
    if (field.tag == bytes_field(2)) tensor.type_text = wire::text_of(field);
    if (field.number() == 3) append_dimensions(field, tensor.shape);
    if (field.tag == bytes_field(5)) contents = field.bytes;
  }
  tensor.type = datatype_from_name(tensor.type_text);
  return contents;
}

void set_typed_content(RequestTensor& tensor, std::string_view contents) {
  const std::uint32_t number = contents_field(tensor.type);
  if (number == 0 && tensor.type != ElementType::kUndefined && !contents.empty()) {
    throw_input_error(tensor.type_text + " data must be sent in raw_input_contents", tensor.name);
  }
  TypedValues values(tensor.type, tensor.name);
  wire::Reader reader(contents);
  for (wire::Field field; reader.next(field);) {
    if (field.number() == number) values.add(field);
  }
  std::move(values).move_into(tensor);
}

void set_raw_content(RequestTensor& tensor, std::string_view contents, std::string_view raw) {
  if (!contents.empty()) {
    throw_input_error("Passing data both in raw_input_contents and in the contents of an input is not allowed",
                      tensor.name);
  }
  if (tensor.type == ElementType::kString) {
    tensor.strings = parse_length_prefixed_strings(raw, tensor.name);
    tensor.content = RequestTensor::Content::kValues;
    tensor.value_count = tensor.strings.size();
    tensor.data = tensor.strings.data();
    tensor.bytes = tensor.strings.size() * sizeof(std::string);
  } else {
    tensor.content = RequestTensor::Content::kRaw;
    tensor.data = raw.data();
    tensor.bytes = raw.size();
  }
}

// `contents`, `raw`: of each input, as far as they were sent.
void set_contents(std::vector<RequestTensor>& inputs, std::span<const std::string_view> contents,
                  std::span<const std::string_view> raw) {
  if (raw.empty()) {
    for (std::size_t i = 0; i < inputs.size(); ++i) set_typed_content(inputs[i], contents[i]);
    return;
  }
  if (raw.size() != inputs.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                "Invalid number of buffers in raw_input_contents, one per input is needed - Expected: " +
                    std::to_string(inputs.size()) + "; Actual: " + std::to_string(raw.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) set_raw_content(inputs[i], contents[i], raw[i]);
}

std::string parse_requested_output(std::string_view wire) {
  std::string name;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == bytes_field(1)) name = wire::text_of(field);
  }
  return name;
}

}  // namespace

InferRequest parse_infer_request(std::string_view wire) {
  InferRequest request;
  std::string_view version;
  std::vector<std::string_view> contents;
  std::vector<std::string_view> raw;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    switch (field.tag) {
      case bytes_field(1):
        request.model = wire::text_of(field);
        break;
      case bytes_field(2):
        version = wire::text_of(field);
        break;
      case bytes_field(3):
        request.id = wire::text_of(field);
        break;
      case bytes_field(5):
        contents.push_back(parse_input(field.bytes, request.inputs.emplace_back()));
        break;
      case bytes_field(6):
        request.requested_outputs.push_back(parse_requested_output(field.bytes));
        break;
      case bytes_field(7):
        raw.push_back(field.bytes);
        break;
      default:
        break;
    }
  }
  request.version = parse_model_version(version);
  set_contents(request.inputs, contents, raw);
  return request;
}

}  // namespace ovserve::kserve_grpc
