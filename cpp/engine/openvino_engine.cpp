#include "engine/openvino_engine.h"

#include <exception>
#include <openvino/runtime/core.hpp>
#include <string>
#include <utility>

#include "base/error.h"
#include "engine/adopted_tensor.h"
#include "engine/extension_library.h"
#include "engine/infer_request_pool.h"
#include "engine/model_compiler.h"
#include "engine/model_reader.h"
#include "engine/model_source.h"
#include "engine/openvino_model.h"
#include "engine/openvino_reason.h"
#include "engine/plugin_properties.h"
#include "engine/tensor_mapping.h"

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
  return compile_for_serving(core, source, options);
}

std::unique_ptr<Model> make_model(CompiledForServing compiled) {
  try {
    return std::make_unique<OpenVinoModel>(InferRequestPool::create(std::move(compiled.model), compiled.request_count),
                                           compiled.streams);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kInternal, "the compiled model cannot run: " + openvino_reason(e.what()));
  }
}

}  // namespace

class OpenVinoEngine::Impl {
 public:
  ov::Core core;
  std::string cpu_extension;
};

OpenVinoEngine::OpenVinoEngine(const std::string& cpu_extension) {
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
  return make_model(std::move(compiled));
}

std::unique_ptr<Model> OpenVinoEngine::load_buffers(ModelBuffers buffers, const ModelOptions& options) {
  check_options(options);
  refuse_cache(options);
  const TensorMapping mapping = read_tensor_mapping(options.mapping_directory);
  auto source = read_source(impl_->core, std::move(buffers), impl_->cpu_extension);
  CompiledForServing compiled = compile_source(impl_->core, std::move(source), mapping, options);
  return make_model(std::move(compiled));
}

}  // namespace ovserve
