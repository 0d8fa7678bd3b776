#include "base/tensor.h"
#include "codec/protobuf_wire.h"
#include "codec/tfs_data_type.h"
#include "codec/tfs_grpc.h"

namespace ovserve::tfs_grpc {
namespace {

constexpr std::string_view kSignatureDefMapUrl = "type.googleapis.com/tensorflow.serving.SignatureDefMap";

// proto3 leaves out numbers that are 0.
template <class Out>
void write_number(Out& out, std::uint32_t number, std::int64_t value) {
  if (value != 0) wire::write_varint(out, number, static_cast<std::uint64_t>(value));
}

template <class Out>
void write_model_spec(Out& out, std::uint32_t number, std::string_view model, std::int64_t version) {
  wire::write_message(out, number, [&](auto& spec) {
    wire::write_text(spec, 1, model);
    wire::write_message(spec, 2, [&](auto& value) { write_number(value, 1, version); });
  });
}

template <class Out>
void write_shape(Out& out, std::uint32_t number, const Shape& shape, bool unknown_rank) {
  wire::write_message(out, number, [&](auto& proto) {
    for (const std::int64_t size : shape) {
      wire::write_message(proto, 2, [&](auto& dimension) { write_number(dimension, 1, size); });
    }
    if (unknown_rank) wire::write_varint(proto, 3, 1);
  });
}

template <class Out>
void write_strings(Out& out, std::uint32_t number, const TensorView& tensor) {
  const auto* strings = static_cast<const std::string*>(tensor.data);
  const std::size_t count = element_count(tensor.shape);
  for (std::size_t i = 0; i < count; ++i) wire::write_text(out, number, strings[i]);
}

template <class Out>
void write_tensor(Out& out, const TensorView& tensor) {
  write_number(out, 1, tfs::data_type_number(tensor.type));
  write_shape(out, 2, tensor.shape, false);
  if (tensor.type == ElementType::kString) {
    write_strings(out, 8, tensor);
  } else {
    wire::write_content(out, 4, tensor.data, tensor.bytes);
  }
}

template <class Out>
void write_tensor_info(Out& out, const TensorInfo& info) {
  wire::write_text(out, 1, info.name);
  write_number(out, 2, tfs::data_type_number(info.type));
  write_shape(out, 3, info.shape_on_wire(), info.any_rank);
}

template <class Out>
void write_signature_def(Out& out, const Signature& signature) {
  for (const TensorInfo& input : signature.inputs) {
    wire::write_map_entry(out, 1, input.name, [&](auto& info) { write_tensor_info(info, input); });
  }
  for (const TensorInfo& output : signature.outputs) {
    wire::write_map_entry(out, 2, output.name, [&](auto& info) { write_tensor_info(info, output); });
  }
}

// google.protobuf.Any around a SignatureDefMap.
template <class Out>
void write_signature_any(Out& out, const Signature& signature) {
  wire::write_text(out, 1, kSignatureDefMapUrl);
  wire::write_message(out, 2, [&](auto& map) {
    wire::write_map_entry(map, 1, "serving_default", [&](auto& def) { write_signature_def(def, signature); });
  });
}

}  // namespace

void write_predict_response(std::string_view model, std::int64_t version, const Signature& signature,
                            std::span<const TensorView> outputs, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      wire::write_map_entry(out, 1, signature.outputs[i].name, [&](auto& proto) { write_tensor(proto, outputs[i]); });
    }
    write_model_spec(out, 2, model, version);
  });
}

void write_metadata_response(std::string_view model, std::int64_t version, const Signature& signature, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) {
    write_model_spec(out, 1, model, version);
    wire::write_map_entry(out, 2, "signature_def", [&](auto& any) { write_signature_any(any, signature); });
  });
}

void write_status_response(std::span<const StatusEntry> entries, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) {
    for (const StatusEntry& entry : entries) {
      wire::write_message(out, 1, [&](auto& status) {
        write_number(status, 1, entry.version);
        write_number(status, 2, entry.state);
        wire::write_message(status, 3, [&](auto& proto) {
          write_number(proto, 1, entry.error_code);
          wire::write_text(proto, 2, entry.error_message);
        });
      });
    }
  });
}

}  // namespace ovserve::tfs_grpc
