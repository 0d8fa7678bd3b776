#pragma once

#include <openvino/runtime/compiled_model.hpp>
#include <string>
#include <vector>

#include "base/signature.h"

namespace ovserve {

/// A compiled model's inputs and outputs: as clients see them, and where OpenVINO has them.
struct ModelPorts {
  Signature signature;
  /// Signature position -> OpenVINO's output number. One tensor may leave a model several times
  /// under one name, which clients could not tell apart: it is listed once.
  std::vector<std::size_t> output_numbers;
};

/// The name by which clients know an input or output: what OpenVINO Model Server shows, any name of the
/// tensor, else its node's.
std::string name_of(const ov::Output<const ov::Node>& port);

/// Names are those of name_of.
/// Throws Error(kInternal) naming the tensor if no API can carry its type, or if its name is taken, and
/// for a model without outputs.
ModelPorts read_ports(const std::vector<ov::Output<const ov::Node>>& inputs,
                      const std::vector<ov::Output<const ov::Node>>& outputs);

inline ModelPorts read_ports(const ov::CompiledModel& model) { return read_ports(model.inputs(), model.outputs()); }

}  // namespace ovserve
