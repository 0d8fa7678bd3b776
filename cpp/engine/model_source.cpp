#include "engine/model_source.h"

#include <algorithm>
#include <exception>
#include <map>
#include <openvino/op/constant.hpp>
#include <openvino/op/util/gather_base.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/batch_dimension.h"
#include "engine/model_ports.h"
#include "engine/openvino_reason.h"
#include "engine/preprocessing.h"
#include "engine/tensor_lookup.h"

namespace ovserve {
namespace {

ov::Dimension to_openvino(const Dimension& dimension) {
  return {dimension.min, dimension.max == Dimension::kAny ? -1 : dimension.max};
}

bool is_only_looked_up(const ov::Node& constant) {
  const auto consumers = constant.output(0).get_target_inputs();
  return std::all_of(consumers.begin(), consumers.end(), [](const auto& input) {
    return input.get_index() == 0 && dynamic_cast<const ov::op::util::GatherBase*>(input.get_node()) != nullptr;
  });
}

ov::PartialShape to_openvino(const std::vector<Dimension>& dimensions) {
  ov::PartialShape shape;
  for (const Dimension& dimension : dimensions) shape.push_back(to_openvino(dimension));
  return shape;
}

std::string describe(const InputShapes& shapes) {
  std::string text;
  for (const auto& [name, shape] : shapes) {
    if (!text.empty()) text += ", ";
    if (!name.empty()) text += name + ": ";
    text += shape ? to_string(*shape) : "auto";
  }
  return text;
}

[[noreturn]] void refuse_shapes(const InputShapes& shapes, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, "shape " + describe(shapes) + " does not fit: " + why);
}

[[noreturn]] void refuse_batch_size(const Dimension& size, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, "batch_size " + to_string(std::vector{size}) + " does not fit: " + why);
}

}  // namespace

ModelSource ModelSource::from_graph(std::shared_ptr<ov::Model> graph) {
  ModelSource source;
  source.graph_ = std::move(graph);
  return source;
}

ModelSource ModelSource::from_blob(ov::Tensor blob) {
  ModelSource source;
  source.blob_ = std::move(blob);
  return source;
}

void ModelSource::rename(const TensorMapping& mapping) {
  if (mapping.empty()) return;
  if (graph_ == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                mapping.file + ": a compiled blob cannot be changed; export it with these names");
  }
  rename_tensors(*graph_, mapping);
}

void ModelSource::preprocess(const ModelOptions& options) {
  if (asks_for_preprocessing(options)) graph_ = add_preprocessing(graph_, options);
}

void ModelSource::set_batch_size(const Dimension& size) {
  if (graph_ == nullptr) refuse_batch_size(size, "a compiled blob cannot be changed; export it with this batch size");
  std::map<std::size_t, ov::PartialShape> shapes;
  for (std::size_t i = 0; i < graph_->inputs().size(); ++i) {
    ov::PartialShape shape = graph_->input(i).get_partial_shape();
    if (shape.rank().is_dynamic() || shape.size() == 0) {
      refuse_batch_size(size, "input " + std::to_string(i) + " of the model has no first dimension");
    }
    shape[0] = to_openvino(size);
    shapes.emplace(i, std::move(shape));
  }
  try {
    graph_->reshape(shapes);
  } catch (const std::exception& e) {
    refuse_batch_size(size, openvino_reason(e.what()));
  }
}

void ModelSource::set_shapes(const InputShapes& shapes) {
  if (graph_ == nullptr) refuse_shapes(shapes, "a compiled blob cannot be changed; export it with this shape");
  std::map<std::size_t, ov::PartialShape> wanted;
  for (const auto& [name, shape] : shapes) {
    const std::size_t number = find_tensor(graph_->inputs(), name, "shape", "input");
    const ov::PartialShape& own = graph_->input(number).get_partial_shape();
    if (!shape) {
      wanted.emplace(number, ov::PartialShape::dynamic(own.rank()));
    } else if (own.rank().is_static() && own.size() != shape->size()) {
      refuse_shapes(shapes, "the model takes " + std::to_string(own.size()) + " dimensions here, not " +
                                std::to_string(shape->size()));
    } else {
      wanted.emplace(number, to_openvino(*shape));
    }
  }
  try {
    graph_->reshape(wanted);
  } catch (const std::exception& e) {
    refuse_shapes(shapes, openvino_reason(e.what()));
  }
}

std::optional<Signature> ModelSource::open_batch(std::uint32_t max_batch) {
  if (graph_ == nullptr) return std::nullopt;
  const ov::Model& graph = *graph_;
  Signature signature = read_ports(graph.inputs(), graph.outputs()).signature;
  open_batch_dimension(*graph_, max_batch);
  return signature;
}

std::size_t ModelSource::bytes_read_per_inference() const {
  if (graph_ == nullptr) return blob_.get_byte_size();
  std::size_t bytes = 0;
  for (const auto& node : graph_->get_ops()) {
    const auto* constant = dynamic_cast<const ov::op::v0::Constant*>(node.get());
    if (constant != nullptr && !is_only_looked_up(*constant)) bytes += constant->get_byte_size();
  }
  return bytes;
}

ov::CompiledModel ModelSource::compile(ov::Core& core, const std::string& device, const ov::AnyMap& properties) const {
  if (graph_ == nullptr) return core.import_model(blob_, device, properties);
  return core.compile_model(graph_, device, properties);
}

}  // namespace ovserve
