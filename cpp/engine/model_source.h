#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <openvino/runtime/core.hpp>
#include <optional>
#include <string>

#include "engine/model.h"
#include "engine/tensor_mapping.h"

namespace ovserve {

/// A model as it was read: compiled from here, more than once if need be.
/// OpenVINO's exceptions pass through.
class ModelSource {
 public:
  static ModelSource from_graph(std::shared_ptr<ov::Model> graph);
  /// `blob` holds an exported compiled model; its memory must outlive whatever is compiled from it.
  static ModelSource from_blob(ov::Tensor blob);

  /// Gives inputs and outputs other names. Throws Error(kInvalidArgument) if that is not possible.
  void rename(const TensorMapping& mapping);

  /// Adds what the options ask for before and after the model. Throws Error(kInvalidArgument) if the
  /// model does not allow that.
  void preprocess(const ModelOptions& options);

  /// Gives dimension 0 of every input a new size. Throws Error(kInvalidArgument) if the model does
  /// not allow that.
  void set_batch_size(const Dimension& size);

  /// Gives inputs new shapes. Throws Error(kInvalidArgument) if there is no such input or the model does
  /// not allow that.
  void set_shapes(const InputShapes& shapes);

  /// Lets dimension 0 of every input be as large as `max_batch`, see open_batch_dimension; a blob stays
  /// as it is. Returns what callers may send and get all the same: what the model took before. None for
  /// a blob.
  std::optional<Signature> open_batch(std::uint32_t max_batch);

  /// Bytes of weights that every inference reads: a table that is only looked up does not count.
  std::size_t bytes_read_per_inference() const;

  ov::CompiledModel compile(ov::Core& core, const std::string& device, const ov::AnyMap& properties) const;

 private:
  std::shared_ptr<ov::Model> graph_;  // null for a blob
  ov::Tensor blob_;
};

}  // namespace ovserve
