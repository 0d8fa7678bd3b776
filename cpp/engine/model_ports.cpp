#include "engine/model_ports.h"

#include <iterator>
#include <openvino/core/layout.hpp>

#include "base/error.h"
#include "engine/element_types.h"
#include "engine/layout_letters.h"

namespace ovserve {
namespace {

using Port = ov::Output<const ov::Node>;

// A result has no name of its own that its author knows: what feeds it has.
std::string node_name(const Port& port) {
  const ov::Node* node = port.get_node();
  return node->get_input_size() == 0 ? node->get_friendly_name() : node->get_input_node_ptr(0)->get_friendly_name();
}

Dimension read_dimension(const ov::Dimension& dimension) {
  const auto max = dimension.get_max_length();
  return {dimension.get_min_length(), max < 0 ? Dimension::kAny : max};
}

TensorInfo read_tensor(const Port& port, const char* direction) {
  TensorInfo info;
  info.name = name_of(port);
  info.type = from_openvino(port.get_element_type());
  if (info.type == ElementType::kUndefined) {
    throw Error(ErrorCode::kInternal, std::string(direction) + " \"" + info.name + "\" has the element type " +
                                          port.get_element_type().get_type_name() +
                                          ", which cannot be served; convert it inside the model");
  }
  const ov::PartialShape& shape = port.get_partial_shape();
  info.any_rank = shape.rank().is_dynamic();
  if (!info.any_rank) {
    for (const ov::Dimension& dimension : shape) info.shape.push_back(read_dimension(dimension));
  }
  info.layout = layout_letters(ov::layout::get_layout(port), info.shape.size());
  return info;
}

}  // namespace

std::string name_of(const Port& port) { return port.get_names().empty() ? node_name(port) : port.get_any_name(); }

ModelPorts read_ports(const std::vector<Port>& inputs, const std::vector<Port>& outputs) {
  ModelPorts ports;
  for (const Port& port : inputs) {
    TensorInfo info = read_tensor(port, "input");
    if (ports.signature.find_input(info.name)) {
      throw Error(ErrorCode::kInternal, "two inputs are named \"" + info.name + "\"; give them different names");
    }
    ports.signature.inputs.push_back(std::move(info));
  }
  for (std::size_t number = 0; number < outputs.size(); ++number) {
    TensorInfo info = read_tensor(outputs[number], "output");
    if (ports.signature.find_output(info.name)) continue;
    ports.signature.outputs.push_back(std::move(info));
    ports.output_numbers.push_back(number);
  }
  if (ports.signature.outputs.empty()) throw Error(ErrorCode::kInternal, "the model has no outputs");
  return ports;
}

}  // namespace ovserve
