#include "engine/bound_request.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"
#include "engine/element_types.h"

namespace ovserve {
namespace {

// Copying up to here costs less than binding another tensor, which takes a microsecond or two.
constexpr std::size_t kLargestCopy = std::size_t{32} << 10U;

bool is_fixed(const TensorInfo& info) {
  return !info.any_rank &&
         std::all_of(info.shape.begin(), info.shape.end(), [](const Dimension& size) { return size.is_static(); });
}

bool is_copied(const TensorInfo& info) {
  return is_fixed(info) && info.type != ElementType::kString &&
         element_count(info.shape_on_wire()) <= kLargestCopy / size_of(info.type);
}

ov::Shape to_openvino(const Shape& shape) { return {shape.begin(), shape.end()}; }

// A tensor of strings owns them: the device may keep or move what it is given.
ov::Tensor copy_strings(const TensorView& view) {
  ov::Tensor tensor(ov::element::string, to_openvino(view.shape));
  const auto* strings = static_cast<const std::string*>(view.data);
  std::copy_n(strings, tensor.get_size(), tensor.data<std::string>());
  return tensor;
}

bool lies_in(const void* data, std::span<const TensorView> inputs) {
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  return std::any_of(inputs.begin(), inputs.end(), [address](const TensorView& input) {
    const auto start = reinterpret_cast<std::uintptr_t>(input.data);
    return address >= start && address - start < input.bytes;
  });
}

ov::Tensor copy_of(const ov::Tensor& tensor) {
  ov::Tensor copy(tensor.get_element_type(), tensor.get_shape());
  tensor.copy_to(copy);
  return copy;
}

[[noreturn]] void refuse(const TensorInfo& info, std::size_t bytes) {
  throw Error(ErrorCode::kInternal,
              "input \"" + info.name + "\": " + std::to_string(bytes) + " bytes do not fit its shape");
}

}  // namespace

BoundRequest::BoundRequest(ov::InferRequest request, const ModelPorts& ports)
    : request_(std::move(request)), ports_(ports) {
  const auto& infos = ports.signature.inputs;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    inputs_.push_back({&infos[i], to_openvino(infos[i].type), {}});
    if (is_copied(infos[i])) inputs_.back().bound = request_.get_input_tensor(i);
  }
  held_.resize(ports.signature.outputs.size());
  outputs_.resize(held_.size());
  for (std::size_t i = 0; i < outputs_.size(); ++i) outputs_[i].type = ports.signature.outputs[i].type;
}

void BoundRequest::bind(std::size_t number, const TensorView& view) {
  Input& input = inputs_[number];
  if (input.bound) {
    if (view.bytes != input.bound.get_byte_size()) refuse(*input.info, view.bytes);
    if (view.bytes != 0) std::memcpy(input.bound.data(), view.data, view.bytes);
    return;
  }
  const std::size_t count = element_count(view.shape);
  if (view.bytes / size_of(input.info->type) != count) refuse(*input.info, view.bytes);
  if (input.info->type == ElementType::kString) {
    request_.set_input_tensor(number, copy_strings(view));
  } else if (count == 0) {
    request_.set_input_tensor(number, ov::Tensor(input.type, to_openvino(view.shape)));
  } else {
    request_.set_input_tensor(number, ov::Tensor(input.type, to_openvino(view.shape), view.data));
  }
}

void BoundRequest::read_outputs(std::span<const TensorView> inputs) {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    held_[i] = request_.get_output_tensor(ports_.output_numbers[i]);
    // An output that is an input passed through lies where the caller's bytes are.
    if (lies_in(std::as_const(held_[i]).data(), inputs)) held_[i] = copy_of(held_[i]);
    const ov::Shape& shape = held_[i].get_shape();
    outputs_[i].shape.assign(shape.begin(), shape.end());
    outputs_[i].data = std::as_const(held_[i]).data();
    outputs_[i].bytes = held_[i].get_byte_size();
  }
}

void BoundRequest::run(std::span<const TensorView> inputs) {
  if (inputs.size() != inputs_.size()) {
    throw Error(ErrorCode::kInternal,
                std::to_string(inputs.size()) + " inputs given, the model has " + std::to_string(inputs_.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) bind(i, inputs[i]);
  request_.infer();
  read_outputs(inputs);
}

}  // namespace ovserve
