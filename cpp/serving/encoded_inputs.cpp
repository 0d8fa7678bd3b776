#include "serving/encoded_inputs.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"
#include "image/image_tensor.h"

namespace ovserve {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::kInvalidArgument, what); }

void check_batch(const TensorInfo& input, const RequestTensor& tensor) {
  const std::size_t count = tensor.strings.size();
  if (tensor.shape.size() > 1) {
    refuse("Invalid number of shape dimensions - Expected: (" + std::to_string(count) +
           "), one for the strings; Actual: " + std::to_string(tensor.shape.size()));
  }
  if (element_count(tensor.shape) != count) {
    refuse("Invalid number of values in tensor proto container - Expected: " +
           std::to_string(element_count(tensor.shape)) + " values; Actual: " + std::to_string(count) + " values");
  }
  const Dimension& batch = input.shape.front();
  if (count == 0 || !batch.accepts(static_cast<std::int64_t>(count))) {
    refuse("Invalid input batch size - Expected: " + to_string(batch) + "; Actual: " + std::to_string(count));
  }
}

std::size_t longest(const std::vector<std::string>& texts) {
  std::size_t size = 0;
  for (const std::string& text : texts) size = std::max(size, text.size());
  return size;
}

DecodedTensor make_text_tensor(const TensorInfo& input, const std::vector<std::string>& texts) {
  const Dimension& width = input.shape.back();
  const std::size_t size = longest(texts) + 1;  // for the zero byte that ends the longest one
  if (static_cast<std::int64_t>(size) > width.max) {
    refuse("Invalid input shape - Expected: texts of at most " + std::to_string(width.max - 1) +
           " bytes, which a zero byte ends, for " + to_string(input.shape) + "; Actual: " + std::to_string(size - 1) +
           " bytes");
  }
  const std::size_t row = std::max(size, static_cast<std::size_t>(width.min));
  if (row > ImageLimits::kTensorBytes / texts.size()) {
    refuse("Too much text in one request - " + std::to_string(texts.size()) + " rows as long as the longest text, " +
           std::to_string(row) + " bytes, are more than " + std::to_string(ImageLimits::kTensorBytes));
  }
  DecodedTensor tensor{{static_cast<std::int64_t>(texts.size()), static_cast<std::int64_t>(row)}, {}};
  tensor.data.resize(texts.size() * row);
  std::byte* out = tensor.data.data();
  for (const std::string& text : texts) {
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    out += row;
  }
  return tensor;
}

void replace(RequestTensor& tensor, ElementType type, DecodedTensor numbers) {
  tensor.type = type;
  tensor.type_text = precision_name(type);
  tensor.shape = std::move(numbers.shape);
  tensor.content = RequestTensor::Content::kRaw;
  tensor.strings = {};
  tensor.values = std::move(numbers.data);
  tensor.data = tensor.values.data();
  tensor.bytes = tensor.values.size();
}

bool has_images(const Signature& signature, const RequestTensor& tensor) noexcept {
  if (tensor.type != ElementType::kString) return false;
  const auto found = signature.find_input(tensor.name);
  return found && !signature.inputs[*found].takes_text() && signature.inputs[*found].takes_images();
}

}  // namespace

bool has_encoded_images(const Signature& signature, const std::vector<RequestTensor>& inputs) noexcept {
  return std::any_of(inputs.begin(), inputs.end(),
                     [&](const RequestTensor& tensor) { return has_images(signature, tensor); });
}

void convert_encoded_inputs(const Signature& signature, std::vector<RequestTensor>& inputs, const ImageLimits& limits) {
  if (inputs.size() != signature.inputs.size()) return;
  std::size_t request_pixels = 0;
  for (RequestTensor& tensor : inputs) {
    if (tensor.type != ElementType::kString) continue;
    const auto found = signature.find_input(tensor.name);
    if (!found) continue;
    const TensorInfo& input = signature.inputs[*found];
    if (!input.takes_text() && !input.takes_images()) continue;
    try {
      check_batch(input, tensor);
      replace(tensor, input.type,
              input.takes_text() ? make_text_tensor(input, tensor.strings)
                                 : make_image_tensor(input, tensor.strings, limits, request_pixels));
    } catch (const Error& error) {
      throw Error(error.code(), std::string(error.what()) + "; input name: " + input.name);
    }
  }
}

}  // namespace ovserve
