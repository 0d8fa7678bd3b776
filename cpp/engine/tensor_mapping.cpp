#include "engine/tensor_mapping.h"

#include <simdjson.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <openvino/op/identity.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/string_tensor_pack.hpp>
#include <openvino/op/string_tensor_unpack.hpp>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/printable_text.h"
#include "engine/model_ports.h"

namespace ovserve {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

constexpr const char* kFileName = "mapping_config.json";
constexpr std::size_t kLongestName = 100;
constexpr const char* kExpected = R"(expected {"inputs": {"name": "new name"}, "outputs": {...}})";

[[noreturn]] void fail(const std::string& file, const std::string& why) {
  throw Error(ErrorCode::kInternal, file + ": " + why);
}

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorCode::kInvalidArgument, text); }

std::string in_quotes(std::string_view name) {
  std::string text = "\"";
  text += printable_text(name, kLongestName);
  return text + '"';
}

std::string read_text(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) fail(file, "cannot be read");
  return text;
}

std::map<std::string, std::string> read_names(const std::string& file, std::string_view key, dom::element value) {
  dom::object members;
  if (value.get(members) != simdjson::SUCCESS) fail(file, in_quotes(key) + " is no object; " + kExpected);
  std::map<std::string, std::string> names;
  for (const auto& [tensor, given] : members) {
    std::string_view name;
    if (given.get(name) != simdjson::SUCCESS || name.empty()) {
      fail(file, std::string(key) + ": the new name of " + in_quotes(tensor) + " must be a string that is not empty");
    }
    if (!names.emplace(tensor, name).second) fail(file, std::string(key) + ": " + in_quotes(tensor) + " occurs twice");
  }
  return names;
}

using Ports = std::vector<ov::Output<ov::Node>>;

std::vector<std::string> new_names(const Ports& ports, const std::map<std::string, std::string>& names,
                                   const std::string& file, const std::string& direction) {
  std::vector<std::string> renamed;
  std::set<std::string> found;
  std::map<std::string, std::string> origins;  // new name to old: one tensor may leave a model several times
  for (const auto& port : ports) {
    std::string name = name_of(port);
    for (const auto& [tensor, given] : names) {
      if (name_of(port) != tensor && !port.get_names().contains(tensor)) continue;
      name = given;
      found.insert(tensor);
    }
    if (origins.emplace(name, name_of(port)).first->second != name_of(port)) {
      refuse((file + ": two ").append(direction).append("s would be named ").append(in_quotes(name)));
    }
    renamed.push_back(std::move(name));
  }
  for (const auto& [tensor, given] : names) {
    if (!found.contains(tensor)) {
      refuse((file + ": the model has no ").append(direction).append(" ").append(in_quotes(tensor)));
    }
  }
  return renamed;
}

// Identity is not for strings: the CPU device copies their bytes, and two tensors would own one text.
ov::Output<ov::Node> copy_in_graph(const ov::Output<ov::Node>& tensor) {
  if (tensor.get_element_type() != ov::element::string) return std::make_shared<ov::op::v16::Identity>(tensor);
  const auto parts = std::make_shared<ov::op::v15::StringTensorUnpack>(tensor);
  return std::make_shared<ov::op::v15::StringTensorPack>(parts->output(0), parts->output(1), parts->output(2));
}

// Where an input leaves the model as it came, both are one tensor, which has one name. An operation that
// does nothing makes them two, and OpenVINO keeps it: without it, an output would have no name of its own.
void separate_passed_through(ov::Model& model, const std::vector<std::string>& inputs,
                             const std::vector<std::string>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& result = model.get_results()[i];
    const ov::Output<ov::Node> source = result->input_value(0);
    const auto parameter = std::dynamic_pointer_cast<ov::op::v0::Parameter>(source.get_node_shared_ptr());
    if (parameter == nullptr) continue;
    const auto number = static_cast<std::size_t>(model.get_parameter_index(parameter));
    if (inputs[number] == outputs[i]) continue;
    ov::Output<ov::Node> copy = copy_in_graph(source);
    copy.set_names({outputs[i]});
    result->input(0).replace_source_output(copy);
    result->validate_and_infer_types();
  }
}

void set_names(const Ports& ports, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    ov::Output<ov::Node> port = ports[i];
    if (names[i] != name_of(port)) port.set_names({names[i]});
  }
}

}  // namespace

TensorMapping read_tensor_mapping(const std::string& directory) {
  std::error_code error;
  const fs::path path = fs::path(directory) / kFileName;
  if (directory.empty() || !fs::is_directory(directory, error) || !fs::exists(path, error)) return {};
  TensorMapping mapping;
  mapping.file = path.string();
  if (!fs::is_regular_file(path, error)) fail(mapping.file, "is no file");  // a pipe would not end
  dom::parser parser;
  dom::element document;
  if (const auto problem = parser.parse(read_text(mapping.file)).get(document)) {
    fail(mapping.file, std::string("cannot be read: ") + simdjson::error_message(problem));
  }
  dom::object members;
  if (document.get(members) != simdjson::SUCCESS) fail(mapping.file, std::string("is no object; ") + kExpected);
  std::set<std::string_view> keys;
  for (const auto& [key, value] : members) {
    if (key != "inputs" && key != "outputs") fail(mapping.file, "unknown key " + in_quotes(key) + "; " + kExpected);
    if (!keys.insert(key).second) fail(mapping.file, "the key " + in_quotes(key) + " occurs twice");
    (key == "inputs" ? mapping.inputs : mapping.outputs) = read_names(mapping.file, key, value);
  }
  return mapping;
}

void rename_tensors(ov::Model& model, const TensorMapping& mapping) {
  const auto inputs = new_names(model.inputs(), mapping.inputs, mapping.file, "input");
  const auto outputs = new_names(model.outputs(), mapping.outputs, mapping.file, "output");
  separate_passed_through(model, inputs, outputs);
  set_names(model.inputs(), inputs);
  set_names(model.outputs(), outputs);
}

}  // namespace ovserve
