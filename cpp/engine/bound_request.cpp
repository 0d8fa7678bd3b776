#include "engine/bound_request.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

bool lies_in(const void* data, InferInputs inputs) {
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

void check_size(const TensorInfo& info, const TensorView& view) {
  if (view.bytes / size_of(info.type) != element_count(view.shape)) refuse(info, view.bytes);
}

Shape shape_of_all(std::size_t number, std::span<const InferInputs> batch) {
  Shape shape = batch.front()[number].shape;
  for (const InferInputs& inputs : batch.subspan(1)) shape.front() += inputs[number].shape.front();
  return shape;
}

// Strings are assigned, everything else is copied as bytes.
std::byte* append(const TensorView& view, std::byte* end) {
  if (view.type == ElementType::kString) {
    std::copy_n(static_cast<const std::string*>(view.data), view.bytes / sizeof(std::string),
                reinterpret_cast<std::string*>(end));
  } else if (view.bytes != 0) {
    std::memcpy(end, view.data, view.bytes);
  }
  return end + view.bytes;
}

thread_local bool is_in_listener = false;

}  // namespace

BoundRequest::BoundRequest(ov::InferRequest request, const ModelPorts& ports, bool on_cpu)
    : ports_(ports), request_(std::move(request)) {
  const auto& infos = ports.signature.inputs;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    inputs_.push_back({&infos[i], to_openvino(infos[i].type), {}, {}});
    if (is_copied(infos[i])) inputs_.back().bound = request_.get_input_tensor(i);
  }
  outputs_.resize(ports.signature.outputs.size());
  const auto is_bound = [](const Input& input) { return static_cast<bool>(input.bound); };
  outputs_stay_ = on_cpu && std::all_of(inputs_.begin(), inputs_.end(), is_bound) &&
                  std::all_of(ports.signature.outputs.begin(), ports.signature.outputs.end(), is_fixed);
  for (std::size_t i = 0; i < outputs_.size(); ++i) outputs_[i].type = ports.signature.outputs[i].type;
}

bool BoundRequest::in_listener() noexcept { return is_in_listener; }

void BoundRequest::run(InferInputs inputs) {
  bind({&inputs, 1});
  request_.infer();
  read_outputs({&inputs, 1});
}

void BoundRequest::start(std::span<const InferInputs> batch, Listener& listener) {
  bind(batch);
  // Anew for each run: OpenVINO takes the callback out while it calls it, and the request may be in
  // other hands by then. For the same reason it may call it once more than asked for, which finds no listener.
  request_.set_callback([this](std::exception_ptr error) { ended(std::move(error)); });
  listener_ = &listener;
  try {
    request_.start_async();
  } catch (...) {
    listener_ = nullptr;
    throw;
  }
}

void BoundRequest::ended(std::exception_ptr error) noexcept {
  Listener* const listener = listener_.exchange(nullptr);
  if (listener == nullptr) return;
  const bool outer = std::exchange(is_in_listener, true);
  listener->ended(std::move(error));  // the request may be in other hands when this returns
  is_in_listener = outer;
}

void BoundRequest::cancel() noexcept {
  try {
    request_.cancel();
  } catch (const std::exception&) {
    return;  // not every device can: the run ends by itself
  }
}

void BoundRequest::bind(std::span<const InferInputs> batch) {
  for (const InferInputs& inputs : batch) {
    if (inputs.size() == inputs_.size()) continue;
    throw Error(ErrorCode::kInternal,
                std::to_string(inputs.size()) + " inputs given, the model has " + std::to_string(inputs_.size()));
  }
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (batch.size() == 1) {
      bind_one(i, batch.front()[i]);
    } else {
      bind_batch(i, batch);
    }
  }
}

void BoundRequest::bind_one(std::size_t number, const TensorView& view) {
  Input& input = inputs_[number];
  if (input.bound) {
    if (view.bytes != input.bound.get_byte_size()) refuse(*input.info, view.bytes);
    if (view.bytes != 0) std::memcpy(input.bound.data(), view.data, view.bytes);
    return;
  }
  check_size(*input.info, view);
  if (input.info->type == ElementType::kString) {
    request_.set_input_tensor(number, copy_strings(view));
  } else if (view.bytes == 0) {
    request_.set_input_tensor(number, ov::Tensor(input.type, to_openvino(view.shape)));
  } else {
    request_.set_input_tensor(number, ov::Tensor(input.type, to_openvino(view.shape), view.data));
  }
}

void BoundRequest::bind_batch(std::size_t number, std::span<const InferInputs> batch) {
  Input& input = inputs_[number];
  const ov::Shape shape = to_openvino(shape_of_all(number, batch));
  if (input.gathered) {
    input.gathered.set_shape(shape);
  } else {
    input.gathered = ov::Tensor(input.type, shape);
  }
  auto* end = static_cast<std::byte*>(input.gathered.data());
  for (const InferInputs& inputs : batch) {
    check_size(*input.info, inputs[number]);
    end = append(inputs[number], end);
  }
  request_.set_input_tensor(number, input.gathered);
}

void BoundRequest::read_outputs(std::span<const InferInputs> batch) {
  if (outputs_stay_ && !held_.empty()) return;
  held_.resize(outputs_.size());
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    held_[i] = request_.get_output_tensor(ports_.output_numbers[i]);
    // An output that is an input passed through lies where the caller's bytes are.
    if (batch.size() == 1 && lies_in(std::as_const(held_[i]).data(), batch.front())) held_[i] = copy_of(held_[i]);
    const ov::Shape& shape = held_[i].get_shape();
    outputs_[i].shape.assign(shape.begin(), shape.end());
    outputs_[i].data = std::as_const(held_[i]).data();
    outputs_[i].bytes = held_[i].get_byte_size();
  }
}

}  // namespace ovserve
