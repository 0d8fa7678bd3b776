#include "engine/execution_mode.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <openvino/runtime/properties.hpp>

namespace ovserve {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr nanoseconds kLongestInline = std::chrono::microseconds(200);
// The first inference also does what was put off while compiling, so it is repeated, unless it
// took so long that the answer is clear.
constexpr nanoseconds kClearlySlow = std::chrono::milliseconds(20);
constexpr int kRuns = 5;

bool has_fixed_inputs(const ov::CompiledModel& model) {
  const auto& inputs = model.inputs();
  return std::all_of(inputs.begin(), inputs.end(),
                     [](const auto& input) { return input.get_partial_shape().is_static(); });
}

void fill_with_zeros(const ov::CompiledModel& model, ov::InferRequest& request) {
  for (std::size_t i = 0; i < model.inputs().size(); ++i) {
    ov::Tensor tensor = request.get_input_tensor(i);
    if (tensor.get_element_type() != ov::element::string) std::memset(tensor.data(), 0, tensor.get_byte_size());
  }
}

nanoseconds time_one(ov::InferRequest& request) {
  const auto start = Clock::now();
  request.infer();
  return Clock::now() - start;
}

}  // namespace

ExecutionMode choose_mode(std::optional<nanoseconds> inference_time) noexcept {
  return inference_time && *inference_time < kLongestInline ? ExecutionMode::kInline : ExecutionMode::kParallel;
}

ov::AnyMap with_mode(ov::AnyMap properties, ExecutionMode mode) {
  if (mode == ExecutionMode::kParallel) {
    properties.emplace(ov::hint::performance_mode(ov::hint::PerformanceMode::THROUGHPUT));
    return properties;
  }
  properties.emplace(ov::num_streams(1));
  // Not inference_num_threads(1), which would save a little: the CPU device then loses the errors of shapes that
  // do not fit, and answers with nothing or crashes (seen with 2026.4.1).
  // Pinning costs two system calls per inference, and would tie threads that are not OpenVINO's.
  properties.emplace(ov::hint::enable_cpu_pinning(false));
  return properties;
}

std::optional<nanoseconds> measure_inference(ov::CompiledModel& model) {
  if (!has_fixed_inputs(model)) return std::nullopt;
  try {
    ov::InferRequest request = model.create_infer_request();
    fill_with_zeros(model, request);
    nanoseconds best = time_one(request);
    for (int run = 1; run < kRuns && best < kClearlySlow; ++run) best = std::min(best, time_one(request));
    return best;
  } catch (const std::exception&) {
    // An index of zero may be wrong for the model; what it really cannot do shows with real inputs.
    return std::nullopt;
  }
}

}  // namespace ovserve
