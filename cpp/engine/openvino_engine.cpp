#include "engine/openvino_engine.h"

#include <exception>
#include <mutex>
#include <openvino/runtime/core.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "engine/adopted_tensor.h"
#include "engine/batch_dimension.h"
#include "engine/batching_model.h"
#include "engine/extension_library.h"
#include "engine/infer_request_pool.h"
#include "engine/model_compiler.h"
#include "engine/model_reader.h"
#include "engine/model_source.h"
#include "engine/openvino_model.h"
#include "engine/openvino_reason.h"
#include "engine/plugin_properties.h"
#include "engine/tensor_mapping.h"
#include "engine/thread_binding.h"
#include "engine/timer.h"

namespace ovserve {
namespace {

const Dimension kBatchOfModel = Dimension::fixed(0);

ModelSource read_source(ov::Core& core, ModelBuffers buffers, const std::string& cpu_extension) {
  if (buffers.model.size == 0) {
    throw Error(ErrorCode::kInternal, std::string("the model buffer is empty; expected ") + name_of(buffers.kind));
  }
  if (buffers.kind == ModelKind::kBlob) return ModelSource::from_blob(adopt(std::move(buffers.model)));
  return ModelSource::from_graph(read_from_buffers(core, std::move(buffers), cpu_extension));
}

// Takes the source by value, so that what was read is gone before infer requests take memory.
CompiledForServing compile_source(ov::Core& core, ModelSource source, const TensorMapping& mapping,
                                  const ModelOptions& options) {
  // Each step sees what clients see after those before it: new names, then the order of dimensions.
  source.rename(mapping);
  source.preprocess(options);
  if (!options.shapes.empty()) {
    source.set_shapes(options.shapes);
  } else if (options.batch_size != kBatchOfModel) {
    source.set_batch_size(options.batch_size);
  }
  std::optional<Signature> signature;
  if (options.batching.max_batch != 0) signature = source.open_batch(options.batching.max_batch);
  CompiledForServing compiled = compile_for_serving(core, source, options);
  compiled.signature = std::move(signature);
  return compiled;
}

std::unique_ptr<Model> make_batching_model(CompiledForServing compiled, const Batching& batching,
                                           std::shared_ptr<Timer> timer) {
  auto pool = InferRequestPool::create(std::move(compiled.model), compiled.request_count, compiled.on_cpu);
  if (!compiled.signature) {
    check_batch_dimension(pool->ports().signature, batching.max_batch);
    compiled.signature = pool->ports().signature;
  }
  return std::make_unique<BatchingModel>(std::move(pool), compiled.streams, *std::move(compiled.signature), batching,
                                         std::move(timer));
}

std::unique_ptr<Model> make_model(CompiledForServing compiled, const Batching& batching, std::shared_ptr<Timer> timer) {
  try {
    if (batching.max_batch != 0) return make_batching_model(std::move(compiled), batching, std::move(timer));
    return std::make_unique<OpenVinoModel>(
        InferRequestPool::create(std::move(compiled.model), compiled.request_count, compiled.on_cpu), compiled.streams,
        compiled.runs_inline);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kInternal, "the compiled model cannot run: " + openvino_reason(e.what()));
  }
}

}  // namespace

class OpenVinoEngine::Impl {
 public:
  /// For models that put inferences together, which share it; made for the first of them.
  std::shared_ptr<Timer> timer() {
    const std::lock_guard lock(mutex_);
    if (!timer_) timer_ = std::make_shared<Timer>();
    return timer_;
  }

  std::unique_ptr<Model> make(CompiledForServing compiled, const Batching& batching) {
    return make_model(std::move(compiled), batching, batching.max_batch != 0 ? timer() : nullptr);
  }

  ov::Core core;
  std::string cpu_extension;

 private:
  std::mutex mutex_;
  std::shared_ptr<Timer> timer_;  // guarded by mutex_
};

OpenVinoEngine::OpenVinoEngine(const std::string& cpu_extension) {
  leave_threads_unbound();
  try {
    impl_ = std::make_unique<Impl>();
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kInternal, "cannot set up OpenVINO: " + openvino_reason(e.what()));
  }
  if (cpu_extension.empty()) return;
  add_extension_library(impl_->core, cpu_extension);
  impl_->cpu_extension = cpu_extension;
}

OpenVinoEngine::~OpenVinoEngine() = default;

std::unique_ptr<Model> OpenVinoEngine::load_files(const std::string& path, const ModelOptions& options) {
  check_options(options);
  const TensorMapping mapping = read_tensor_mapping(path);
  auto source = ModelSource::from_graph(read_from_files(impl_->core, path));
  CompiledForServing compiled = compile_source(impl_->core, std::move(source), mapping, options);
  return impl_->make(std::move(compiled), options.batching);
}

std::unique_ptr<Model> OpenVinoEngine::load_buffers(ModelBuffers buffers, const ModelOptions& options) {
  check_options(options);
  refuse_cache(options);
  const TensorMapping mapping = read_tensor_mapping(options.mapping_directory);
  auto source = read_source(impl_->core, std::move(buffers), impl_->cpu_extension);
  CompiledForServing compiled = compile_source(impl_->core, std::move(source), mapping, options);
  return impl_->make(std::move(compiled), options.batching);
}

}  // namespace ovserve
