#pragma once

#include <cstdint>
#include <openvino/runtime/core.hpp>
#include <optional>

#include "engine/model.h"
#include "engine/model_source.h"

namespace ovserve {

struct CompiledForServing {
  ov::CompiledModel model;
  std::uint32_t request_count = 1;  ///< infer requests that may run at the same time
  std::uint32_t streams = 0;        ///< 0: the device does not say
  /// What callers may send and get, where that is less than what the compiled model takes.
  std::optional<Signature> signature;
  bool on_cpu = false;       ///< and on nothing else
  bool runs_inline = false;  ///< so fast that a hand-over to a stream's thread would cost more
};

/// Throws Error(kInvalidArgument) for options that no model can have.
void check_options(const ModelOptions& options);

/// Compiles for the device that the options name. Where they leave it open, a model on the CPU runs
/// inline or in parallel, by its weight or else by a measurement: only a model that turns out slow
/// is compiled twice, and the first result is gone before the second is made.
/// Throws Error: kInvalidArgument naming device or property if one of them is at fault, else kInternal.
CompiledForServing compile_for_serving(ov::Core& core, const ModelSource& source, const ModelOptions& options);

}  // namespace ovserve
