#pragma once

#include <map>
#include <openvino/core/model.hpp>
#include <string>

namespace ovserve {

/// The names that clients use instead of a model's own, by the model's.
struct TensorMapping {
  std::string file;  ///< for messages
  std::map<std::string, std::string> inputs;
  std::map<std::string, std::string> outputs;

  bool empty() const noexcept { return inputs.empty() && outputs.empty(); }
};

/// Reads mapping_config.json in a version directory; a mapping of nothing if there is none, or if the
/// path is no directory. Throws Error(kInternal) naming the file and what is wrong with it.
TensorMapping read_tensor_mapping(const std::string& directory);

/// Gives the model's inputs and outputs the names of the mapping. Throws Error(kInvalidArgument) naming
/// the file if the model lacks a tensor, or if two would have one name.
void rename_tensors(ov::Model& model, const TensorMapping& mapping);

}  // namespace ovserve
