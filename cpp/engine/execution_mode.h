#pragma once

#include <chrono>
#include <cstdint>
#include <openvino/core/any.hpp>
#include <openvino/runtime/compiled_model.hpp>
#include <optional>

namespace ovserve {

/// How inferences of one model run on the CPU.
enum class ExecutionMode {
  kInline,    ///< one stream of one thread: a request runs on the thread that brings it, without a hand-over
  kParallel,  ///< a stream per few cores: requests run beside each other
};

/// Inline for models so fast that handing a request to a stream's thread would cost more than it
/// gains. Not measured counts as slow.
ExecutionMode choose_mode(std::optional<std::chrono::nanoseconds> inference_time) noexcept;

/// Adds what the mode needs to properties that do not decide on streams. What they hold stays.
ov::AnyMap with_mode(ov::AnyMap properties, ExecutionMode mode);

/// The best of a few inferences on zeros; none if the model's input sizes are not fixed, or if
/// zeros do not suit it.
std::optional<std::chrono::nanoseconds> measure_inference(ov::CompiledModel& model);

}  // namespace ovserve
