#include "codec/kserve_grpc.h"
#include "codec/protobuf_wire.h"

namespace ovserve::kserve_grpc {
namespace {

// ModelStreamInferResponse
constexpr std::uint32_t kStreamErrorMessage = 1;
constexpr std::uint32_t kStreamInferResponse = 2;

template <class Out>
void write_shape(Out& out, std::uint32_t number, const Shape& shape) {
  if (shape.empty()) return;
  wire::write_message(out, number, [&](auto& packed) {
    for (const std::int64_t size : shape) packed.varint(static_cast<std::uint64_t>(size));
  });
}

// TensorMetadata and the head of InferOutputTensor have the same fields.
template <class Out>
void write_tensor_head(Out& out, std::string_view name, ElementType type, const Shape& shape) {
  wire::write_text(out, 1, name);
  wire::write_text(out, 2, datatype_name(type));
  write_shape(out, 3, shape);
}

template <class Out>
void write_length_prefixed_strings(Out& out, const TensorView& tensor) {
  const auto* strings = static_cast<const std::string*>(tensor.data);
  const std::size_t count = element_count(tensor.shape);
  for (std::size_t i = 0; i < count; ++i) {
    const auto length = static_cast<std::uint32_t>(strings[i].size());
    out.raw(&length, sizeof(length));
    out.raw(strings[i].data(), strings[i].size());
  }
}

template <class Out>
void write_raw_content(Out& out, std::uint32_t number, const TensorView& tensor) {
  if (tensor.type == ElementType::kString) {
    wire::write_message(out, number, [&](auto& raw) { write_length_prefixed_strings(raw, tensor); });
  } else {
    wire::write_content(out, number, tensor.data, tensor.bytes);
  }
}

template <class Out>
void write_tensor_metadata(Out& out, std::uint32_t number, const TensorInfo& info) {
  wire::write_message(out, number,
                      [&](auto& proto) { write_tensor_head(proto, info.name, info.type, metadata_shape(info)); });
}

template <class Out>
void write_response(Out& out, const InferResponse& response) {
  wire::write_text(out, 1, response.model);
  wire::write_text(out, 2, std::to_string(response.version));
  if (!response.id.empty()) wire::write_text(out, 3, response.id);
  for (const std::size_t i : response.output_indices) {
    const TensorView& output = response.outputs[i];
    wire::write_message(out, 5, [&](auto& proto) {
      write_tensor_head(proto, response.signature.outputs[i].name, output.type, output.shape);
    });
  }
  for (const std::size_t i : response.output_indices) write_raw_content(out, 6, response.outputs[i]);
}

}  // namespace

void write_infer_response(const InferResponse& response, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) { write_response(out, response); });
}

void write_stream_response(const InferResponse& response, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) {
    wire::write_message(out, kStreamInferResponse, [&](auto& inner) { write_response(inner, response); });
  });
}

void write_stream_error(std::string_view message, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) { wire::write_text(out, kStreamErrorMessage, message); });
}

void write_flag_response(bool value, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) {
    if (value) wire::write_varint(out, 1, 1);
  });
}

void write_server_metadata_response(std::string_view name, std::string_view version,
                                    std::span<const std::string> extensions, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) {
    wire::write_text(out, 1, name);
    wire::write_text(out, 2, version);
    for (const std::string& extension : extensions) wire::write_text(out, 3, extension);
  });
}

void write_model_metadata_response(std::string_view model, std::span<const std::int64_t> versions,
                                   const Signature& signature, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) {
    wire::write_text(out, 1, model);
    for (const std::int64_t version : versions) wire::write_text(out, 2, std::to_string(version));
    wire::write_text(out, 3, "OpenVINO");
    for (const TensorInfo& input : signature.inputs) write_tensor_metadata(out, 4, input);
    for (const TensorInfo& output : signature.outputs) write_tensor_metadata(out, 5, output);
  });
}

void write_health_response(HealthStatus status, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) {
    if (status != HealthStatus::kUnknown) wire::write_varint(out, 1, static_cast<std::uint64_t>(status));
  });
}

}  // namespace ovserve::kserve_grpc
