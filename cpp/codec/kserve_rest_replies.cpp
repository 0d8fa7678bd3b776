#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "codec/json_tensor_writer.h"
#include "codec/json_text.h"
#include "codec/kserve_grpc.h"
#include "codec/kserve_rest.h"
#include "codec/length_prefixed_strings.h"

namespace ovserve::kserve_rest {
namespace {

// Room for the numbers of a reply, so that the text does not move while it grows.
std::size_t expected_size(std::span<const TensorView> outputs, std::span<const SelectedOutput> selected) {
  constexpr std::size_t kFrame = 256;
  constexpr std::size_t kPerElement = 12;
  std::size_t size = kFrame;
  for (const SelectedOutput& output : selected) {
    size += kFrame + (output.binary ? 0 : element_count(outputs[output.index].shape) * kPerElement);
  }
  return size;
}

std::size_t binary_size(const TensorView& tensor) {
  return tensor.type == ElementType::kString ? length_prefixed_size(tensor) : tensor.bytes;
}

bool stays_in_place(const TensorView& tensor, const ByteSink& sink) {
  return tensor.type != ElementType::kString && tensor.bytes >= sink.smallest_in_place();
}

char* write_binary(const TensorView& tensor, char* out, ByteSink& sink) {
  if (tensor.type == ElementType::kString) return write_length_prefixed_strings(tensor, out);
  if (stays_in_place(tensor, sink)) {
    sink.place(out, {static_cast<const char*>(tensor.data), tensor.bytes});
    return out;
  }
  if (tensor.bytes != 0) std::memcpy(out, tensor.data, tensor.bytes);
  return out + tensor.bytes;
}

void append_member(std::string& out, const char* key, std::string_view text) {
  out.append("\"").append(key).append("\":");
  json::append_string(out, text);
}

void append_shape(std::string& out, const Shape& shape) {
  out += "\"shape\":[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i != 0) out += ',';
    json::append_number(out, shape[i]);
  }
  out += ']';
}

void append_flat(std::string& out, const TensorView& tensor) {
  TensorView flat = tensor;
  flat.shape = {static_cast<std::int64_t>(element_count(tensor.shape))};
  json::append_tensor(out, flat);
}

void append_output(std::string& out, std::string_view name, const TensorView& tensor, bool binary) {
  out += '{';
  append_member(out, "name", name);
  out += ',';
  append_shape(out, tensor.shape);
  out += ',';
  append_member(out, "datatype", kserve_grpc::datatype_name(tensor.type));
  if (binary) {
    out += ",\"parameters\":{\"binary_data_size\":";
    json::append_number(out, std::uint64_t{binary_size(tensor)});
    out += "}}";
  } else {
    out += ",\"data\":";
    append_flat(out, tensor);
    out += '}';
  }
}

void append_metadata(std::string& out, const std::vector<TensorInfo>& tensors) {
  out += '[';
  for (const TensorInfo& info : tensors) {
    if (&info != &tensors.front()) out += ',';
    out += '{';
    append_member(out, "name", info.name);
    out += ',';
    append_member(out, "datatype", kserve_grpc::datatype_name(info.type));
    out += ',';
    append_shape(out, kserve_grpc::metadata_shape(info));
    out += '}';
  }
  out += ']';
}

}  // namespace

void check_forms(const Signature& signature, std::span<const SelectedOutput> selected) {
  for (const SelectedOutput& output : selected) {
    const TensorInfo& info = signature.outputs[output.index];
    if (output.binary || info.type != ElementType::kBf16) continue;
    throw Error(ErrorCode::kInvalidArgument,
                "JSON has no form for BF16, ask for it with \"binary_data\": true - output name: " + info.name);
  }
}

std::optional<std::size_t> write_infer(std::string_view model, std::int64_t version,
                                       const std::optional<std::string>& id, const Signature& signature,
                                       std::span<const TensorView> outputs, std::span<const SelectedOutput> selected,
                                       ByteSink& sink) {
  std::string json;
  json.reserve(expected_size(outputs, selected));
  json += '{';
  append_member(json, "model_name", model);
  json += ',';
  append_member(json, "model_version", std::to_string(version));
  if (id) {
    json += ',';
    append_member(json, "id", *id);
  }
  json += ",\"outputs\":[";
  bool has_binary = false;
  std::size_t size = 0;
  for (const SelectedOutput& output : selected) {
    if (&output != &selected.front()) json += ',';
    const TensorView& tensor = outputs[output.index];
    append_output(json, signature.outputs[output.index].name, tensor, output.binary);
    has_binary = has_binary || output.binary;
    if (output.binary && !stays_in_place(tensor, sink)) size += binary_size(tensor);
  }
  json += "]}";
  if (!has_binary) {
    sink.adopt(std::move(json));
    return std::nullopt;
  }
  char* out = sink.allocate(json.size() + size);
  out = std::copy(json.begin(), json.end(), out);
  for (const SelectedOutput& output : selected) {
    if (output.binary) out = write_binary(outputs[output.index], out, sink);
  }
  return json.size();
}

std::string write_model_metadata(std::string_view model, std::span<const std::int64_t> versions,
                                 const Signature& signature) {
  std::string out = "{";
  append_member(out, "name", model);
  out += ",\"versions\":[";
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (i != 0) out += ',';
    json::append_string(out, std::to_string(versions[i]));
  }
  out += "],";
  append_member(out, "platform", "OpenVINO");
  out += ",\"inputs\":";
  append_metadata(out, signature.inputs);
  out += ",\"outputs\":";
  append_metadata(out, signature.outputs);
  out += '}';
  return out;
}

}  // namespace ovserve::kserve_rest
