#pragma once

#include <chrono>
#include <cstdint>
#include <openvino/runtime/compiled_model.hpp>
#include <string>
#include <vector>

#include "measurement/measurement.h"

namespace ovserve::bench {

/// How long to run inferences.
struct Span {
  std::chrono::duration<double> warmup{0};
  std::chrono::duration<double> duration{0};
};

/// One inference after the other on the calling thread. `inputs`: the bytes of each input; none: zeros.
void run_one_by_one(ov::CompiledModel& model, const std::vector<std::string>& inputs, const Span& span,
                    Measurement& measurement);

/// `requests` inferences at a time: whichever is done is started again, as OpenVINO's benchmark_app does.
void run_beside_each_other(ov::CompiledModel& model, const std::vector<std::string>& inputs, std::uint32_t requests,
                           const Span& span, Measurement& measurement);

}  // namespace ovserve::bench
