#include "engine/model_compiler.h"

#include <algorithm>
#include <exception>
#include <openvino/op/parameter.hpp>
#include <openvino/op/relu.hpp>
#include <openvino/runtime/properties.hpp>

#include "base/error.h"
#include "base/log.h"
#include "engine/execution_mode.h"
#include "engine/openvino_reason.h"
#include "engine/plugin_properties.h"

namespace ovserve {
namespace {

constexpr const char* kLogger = "ovserve.engine";
constexpr std::uint32_t kMostRequests = 100'000;
// Reading this many bytes of weights takes longer than an inline inference may: no need to measure,
// and a large model is then never compiled twice.
constexpr std::size_t kClearlyHeavy = std::size_t{8} << 20U;

std::uint32_t stream_count(const ov::CompiledModel& model) noexcept {
  try {
    return static_cast<std::uint32_t>(std::max(0, model.get_property(ov::num_streams).num));
  } catch (const std::exception&) {
    return 0;  // not every device has such a property
  }
}

CompiledForServing compile_in_chosen_mode(ov::Core& core, const ModelSource& source, const ModelOptions& options,
                                          const ov::AnyMap& properties) {
  CompiledForServing compiled;
  if (source.bytes_read_per_inference() < kClearlyHeavy) {
    compiled.model = source.compile(core, options.target_device, with_mode(properties, ExecutionMode::kInline));
    compiled.runs_inline = choose_mode(measure_inference(compiled.model)) == ExecutionMode::kInline;
  }
  if (compiled.runs_inline) return compiled;
  compiled.model = {};  // before the second is made
  compiled.model = source.compile(core, options.target_device, with_mode(properties, ExecutionMode::kParallel));
  return compiled;
}

// What the user decides on may come to the same.
bool is_fast_on_one_stream(const ModelSource& source, const ModelOptions& options, ov::CompiledModel& model) {
  return options.target_device == "CPU" && stream_count(model) == 1 &&
         source.bytes_read_per_inference() < kClearlyHeavy &&
         choose_mode(measure_inference(model)) == ExecutionMode::kInline;
}

CompiledForServing compile(ov::Core& core, const ModelSource& source, const ModelOptions& options,
                           ov::AnyMap properties) {
  const bool decided = decides_streams(properties);
  if (!decided && options.target_device == "CPU") return compile_in_chosen_mode(core, source, options, properties);
  if (!decided) properties.emplace(ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY));
  CompiledForServing compiled;
  compiled.model = source.compile(core, options.target_device, properties);
  compiled.runs_inline = is_fast_on_one_stream(source, options, compiled.model);
  return compiled;
}

// Twice the streams keeps each of them busy while results are written out.
std::uint32_t request_count(const ov::CompiledModel& model, const ModelOptions& options) {
  if (options.nireq != 0) return options.nireq;
  const std::uint32_t optimal = std::max(1U, model.get_property(ov::optimal_number_of_infer_requests));
  if (options.target_device != "CPU") return optimal;
  return std::max(optimal, 2 * static_cast<std::uint32_t>(std::max(1, model.get_property(ov::num_streams).num)));
}

std::shared_ptr<ov::Model> trivial_model() {
  const auto input = std::make_shared<ov::op::v0::Parameter>(ov::element::f32, ov::PartialShape{1});
  const auto output = std::make_shared<ov::op::v0::Relu>(input);
  return std::make_shared<ov::Model>(ov::OutputVector{output}, ov::ParameterVector{input});
}

// Compiles a model that everything accepts; what is refused is then the fault of the options.
void refuse_if_at_fault(ov::Core& core, const std::string& device, const ov::AnyMap& properties,
                        const std::string& option) {
  try {
    core.compile_model(trivial_model(), device, properties);
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kInvalidArgument, option + ": " + openvino_reason(e.what()));
  }
}

// OpenVINO's reason often names neither the key nor the value that it objects to.
void refuse_options_at_fault(ov::Core& core, const ModelOptions& options) {
  refuse_if_at_fault(core, options.target_device, {}, "target_device \"" + options.target_device + "\"");
  for (const auto& [key, value] : options.plugin_config) {
    ModelOptions single;
    single.target_device = options.target_device;
    single.plugin_config.emplace(key, value);
    refuse_if_at_fault(core, options.target_device, plugin_properties(single),
                       "plugin_config: " + key + " = " + to_string(value));
  }
}

}  // namespace

void check_options(const ModelOptions& options) {
  if (options.nireq <= kMostRequests) return;
  throw Error(ErrorCode::kInvalidArgument,
              "nireq " + std::to_string(options.nireq) + " is too high; at most " + std::to_string(kMostRequests));
}

CompiledForServing compile_for_serving(ov::Core& core, const ModelSource& source, const ModelOptions& options) {
  ov::AnyMap properties = plugin_properties(options);
  if (!options.cache_dir.empty()) properties.emplace(ov::cache_dir(options.cache_dir));
  try {
    CompiledForServing compiled = compile(core, source, options, std::move(properties));
    compiled.on_cpu = options.target_device == "CPU";
    compiled.request_count = request_count(compiled.model, options);
    compiled.streams = stream_count(compiled.model);
    log(LogLevel::kDebug, kLogger,
        "compiled for " + options.target_device + " with " + std::to_string(compiled.request_count) +
            " infer requests");
    return compiled;
  } catch (const std::exception& e) {
    const std::string reason = openvino_reason(e.what());
    refuse_options_at_fault(core, options);
    throw Error(ErrorCode::kInternal, "cannot compile the model for " + options.target_device + ": " + reason);
  }
}

}  // namespace ovserve
