#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/model_buffers.h"
#include "base/signature.h"
#include "base/tensor.h"

namespace ovserve {

/// What one inference spent its time on.
struct InferTimes {
  std::chrono::nanoseconds waited{};  ///< for a free infer request
  std::chrono::nanoseconds ran{};     ///< on the device
};

/// What a model is doing at the moment.
struct ModelStatistics {
  std::uint32_t streams = 0;         ///< inferences that the device runs beside each other; 0: it does not say
  std::uint32_t infer_requests = 0;  ///< how many there may be
  std::uint32_t active = 0;          ///< of them in use
  std::uint32_t waiting = 0;         ///< callers that wait for one
};

/// The outputs of one inference. Holds the infer request they lie in: encode them, then let go.
class InferResult {
 public:
  virtual ~InferResult() = default;

  /// One view per output of the signature, in its order; valid as long as this object.
  virtual std::span<const TensorView> outputs() const noexcept = 0;

  virtual InferTimes times() const noexcept { return {}; }
};

/// One compiled model version. Safe to call from any number of threads.
class Model {
 public:
  virtual ~Model() = default;

  virtual const Signature& signature() const noexcept = 0;

  virtual ModelStatistics statistics() { return {}; }

  /// Runs one inference; waits while all infer requests are taken.
  /// `inputs`: one view per input of the signature, in its order, already checked against it.
  /// Throws Error(kInternal) when the device fails, Error(kFailedPrecondition) when the sizes of inputs that
  /// the signature leaves open do not fit together.
  virtual std::unique_ptr<InferResult> infer(std::span<const TensorView> inputs) = 0;
};

/// A plugin_config value keeps the type it has in the configuration.
using PluginValue = std::variant<bool, std::int64_t, double, std::string>;

/// New shapes by input, as clients name it; nothing in place of a shape: any size in every dimension.
/// Alone, the empty name stands for the only input.
using InputShapes = std::map<std::string, std::optional<std::vector<Dimension>>>;

/// The order of a tensor's dimensions, like "NHWC", as clients see it and as the model has it.
struct TensorLayout {
  std::string client;
  std::string model;

  friend bool operator==(const TensorLayout&, const TensorLayout&) = default;
};

/// What is done to the only input of a model before the model gets it, in this order.
struct InputPreprocessing {
  ElementType precision = ElementType::kUndefined;  ///< what clients send; kUndefined: what the model takes
  std::string client_color;  ///< "RGB", "BGR", "GRAY", "RGBX", "BGRX", "NV12", "I420"; empty: left as it is
  std::string model_color;
  std::vector<float> mean;                         ///< subtracted: one number, or one per channel
  std::vector<float> scale;                        ///< divided by
  ElementType computed = ElementType::kUndefined;  ///< what mean and scale compute in; kUndefined: what suits them

  friend bool operator==(const InputPreprocessing&, const InputPreprocessing&) = default;
};

/// How a model is to be compiled: the keys of a model_config_list entry that the engine carries out.
struct ModelOptions {
  std::string target_device = "CPU";
  std::map<std::string, PluginValue> plugin_config;
  std::uint32_t nireq = 0;  ///< infer requests; 0: what suits the device
  /// New size of dimension 0 of every input; 0: as in the model, -1: any.
  Dimension batch_size = Dimension::fixed(0);
  InputShapes shapes;  ///< of what clients send; batch_size is not looked at beside them
  /// By input or output, as clients name it; alone, the empty name stands for the only input.
  std::map<std::string, TensorLayout> layouts;
  InputPreprocessing preprocessing;
  /// A version directory that may hold a mapping_config.json; load_files looks where the model is.
  std::string mapping_directory;
  std::string cache_dir;  ///< empty: no compiled-model cache. Never set for models of a loader.

  friend bool operator==(const ModelOptions&, const ModelOptions&) = default;
};

/// Makes models ready to run. Thread-safe; slow, so never called under a lock.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Reads the model file in (or at) `path`. Throws Error: kInternal if it cannot be read or
  /// compiled, kInvalidArgument if an option does not fit the model or the device; says which.
  virtual std::unique_ptr<Model> load_files(const std::string& path, const ModelOptions& options) = 0;

  /// Compiles what a loader handed over. Weights are used where they are, without a copy; the
  /// buffers live as long as the model. Throws like load_files.
  virtual std::unique_ptr<Model> load_buffers(ModelBuffers buffers, const ModelOptions& options) = 0;
};

}  // namespace ovserve
