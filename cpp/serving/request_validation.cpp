#include "serving/request_validation.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/printable_text.h"

namespace ovserve {
namespace {

// What clients chose is cut in messages, which travel in a header of bounded size.
constexpr std::size_t kLongestWord = 100;
constexpr std::size_t kMostDimensions = 32;

std::string shape_text(const Shape& shape) {
  if (shape.size() <= kMostDimensions) return to_string(shape);
  const Shape shown(shape.begin(), shape.begin() + kMostDimensions);
  std::string text = to_string(shown);
  text.insert(text.size() - 1, ",...");
  return text;
}

[[noreturn]] void reject(const char* what, const std::string& expected, const std::string& actual,
                         const TensorInfo& input) {
  throw Error(ErrorCode::kInvalidArgument,
              std::string(what) + " - Expected: " + expected + "; Actual: " + actual + "; input name: " + input.name);
}

const RequestTensor& find(const std::vector<RequestTensor>& inputs, const TensorInfo& info) {
  const auto found =
      std::find_if(inputs.begin(), inputs.end(), [&](const RequestTensor& tensor) { return tensor.name == info.name; });
  if (found == inputs.end()) {
    throw Error(ErrorCode::kInvalidArgument, "Missing input with specific name - Required input: " + info.name);
  }
  return *found;
}

void check_precision(const TensorInfo& info, const RequestTensor& tensor) {
  if (tensor.type == info.type) return;
  reject("Invalid input precision", precision_name(info.type), printable_text(tensor.type_text, kLongestWord), info);
}

void check_dimensions_are_positive(const TensorInfo& info, const Shape& shape) {
  if (std::all_of(shape.begin(), shape.end(), [](std::int64_t size) { return size > 0; })) return;
  throw Error(ErrorCode::kInvalidArgument, "Invalid input shape - Negative or zero dimension size is not acceptable: " +
                                               shape_text(shape) + "; input name: " + info.name);
}

void check_shape(const TensorInfo& info, const Shape& shape) {
  if (!info.any_rank && shape.size() != info.shape.size()) {
    reject("Invalid number of shape dimensions", to_string(info.shape), shape_text(shape), info);
  }
  check_dimensions_are_positive(info, shape);
  if (info.any_rank || shape.empty()) return;
  if (!info.shape.front().accepts(shape.front())) {
    reject("Invalid input batch size", to_string(info.shape.front()), std::to_string(shape.front()), info);
  }
  const auto accepts = [](std::int64_t size, const Dimension& dimension) { return dimension.accepts(size); };
  if (!std::equal(shape.begin(), shape.end(), info.shape.begin(), accepts)) {
    reject("Invalid input shape", to_string(info.shape), shape_text(shape), info);
  }
}

// Saturates where the product cannot be held, which no content can match.
std::size_t byte_count(std::size_t elements, ElementType type) {
  std::size_t bytes = 0;
  const bool too_large = __builtin_mul_overflow(elements, size_of(type), &bytes);
  return too_large ? std::numeric_limits<std::size_t>::max() : bytes;
}

void check_content(const TensorInfo& info, const RequestTensor& tensor) {
  const std::size_t elements = element_count(tensor.shape);
  if (tensor.content == RequestTensor::Content::kValues) {
    if (tensor.value_count == elements) return;
    reject("Invalid number of values in tensor proto container", std::to_string(elements) + " values",
           std::to_string(tensor.value_count) + " values", info);
  }
  const std::size_t bytes = byte_count(elements, tensor.type);
  if (tensor.bytes == bytes) return;
  reject("Invalid content size of tensor proto", std::to_string(bytes) + " bytes",
         std::to_string(tensor.bytes) + " bytes", info);
}

}  // namespace

std::vector<TensorView> validate_inputs(const Signature& signature, const std::vector<RequestTensor>& inputs) {
  if (inputs.size() != signature.inputs.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                "Invalid number of inputs - Expected: " + std::to_string(signature.inputs.size()) +
                    "; Actual: " + std::to_string(inputs.size()));
  }
  std::vector<TensorView> views;
  views.reserve(inputs.size());
  for (const TensorInfo& info : signature.inputs) {
    const RequestTensor& tensor = find(inputs, info);
    check_precision(info, tensor);
    check_shape(info, tensor.shape);
    check_content(info, tensor);
    views.push_back({tensor.type, tensor.shape, tensor.data, tensor.bytes});
  }
  return views;
}

}  // namespace ovserve
