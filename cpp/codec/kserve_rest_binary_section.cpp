#include "codec/kserve_rest_binary_section.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "codec/input_error.h"
#include "codec/length_prefixed_strings.h"

namespace ovserve::kserve_rest {
namespace {

std::size_t size_of_numbers(const RequestTensor& tensor) {
  if (tensor.type == ElementType::kUndefined) {
    throw_input_error("\"binary_data_size\" is needed for an unknown datatype", tensor.name);
  }
  std::size_t size = 0;
  if (__builtin_mul_overflow(element_count(tensor.shape), size_of(tensor.type), &size)) {
    throw_input_error("Invalid input shape - it has more elements than any request can hold", tensor.name);
  }
  return size;
}

void set_strings(RequestTensor& tensor, std::vector<std::string> strings) {
  tensor.strings = std::move(strings);
  tensor.content = RequestTensor::Content::kValues;
  tensor.value_count = tensor.strings.size();
  tensor.data = tensor.strings.data();
  tensor.bytes = tensor.strings.size() * sizeof(std::string);
}

}  // namespace

void BinarySection::take(RequestTensor& tensor, std::optional<std::size_t> size) {
  if (tensor.type != ElementType::kString) {
    const std::string_view raw = take_bytes(tensor, size ? *size : size_of_numbers(tensor));
    tensor.content = RequestTensor::Content::kRaw;
    tensor.data = raw.data();
    tensor.bytes = raw.size();
    return;
  }
  const std::string_view raw = take_bytes(tensor, size ? *size : size_of_strings(tensor));
  set_strings(tensor, parse_length_prefixed_strings(raw, tensor.name));
}

void BinarySection::take_rest_as_string(RequestTensor& tensor) {
  std::string_view element = std::exchange(rest_, {});
  std::uint32_t length = 0;
  if (element.size() >= sizeof(length)) {
    std::memcpy(&length, element.data(), sizeof(length));
    if (length == element.size() - sizeof(length)) element.remove_prefix(sizeof(length));
  }
  set_strings(tensor, {std::string(element)});
}

void BinarySection::check_end() const {
  if (rest_.empty()) return;
  throw Error(ErrorCode::kInvalidArgument, "Invalid binary data - " + std::to_string(rest_.size()) +
                                               " bytes follow the last input that \"inputs\" has no \"data\" for");
}

std::string_view BinarySection::take_bytes(const RequestTensor& tensor, std::size_t size) {
  if (size > rest_.size()) {
    throw_input_error("Invalid binary data - Expected: " + std::to_string(size) +
                          " bytes; Actual: " + std::to_string(rest_.size()) + " bytes are left in the body",
                      tensor.name);
  }
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

// Follows the lengths, one per element. What is cut short is left to the one that reads the elements.
std::size_t BinarySection::size_of_strings(const RequestTensor& tensor) const {
  std::size_t size = 0;
  for (std::size_t left = element_count(tensor.shape); left > 0 && size < rest_.size(); --left) {
    std::uint32_t length = 0;
    if (rest_.size() - size < sizeof(length)) return rest_.size();
    std::memcpy(&length, rest_.data() + size, sizeof(length));
    size += sizeof(length);
    if (rest_.size() - size < length) return rest_.size();
    size += length;
  }
  return size;
}

}  // namespace ovserve::kserve_rest
