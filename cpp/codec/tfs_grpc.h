#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_sink.h"
#include "base/infer_request.h"
#include "base/signature.h"
#include "base/tensor.h"

/// The messages of TensorFlow Serving's gRPC API (tensorflow.serving) on the wire.
/// Source of field numbers and rules: tensorflow/serving apis/*.proto, tensorflow tensor.proto.
namespace ovserve::tfs_grpc {

/// model_spec of any request. Version 0 means none was asked for; a label is accepted and ignored.
struct ModelSpec {
  std::string name;
  std::optional<std::int64_t> version;
};

/// Decodes a PredictRequest. Views point into `wire`. tensor_content and every typed *_val field
/// are read; a single typed value fills the whole tensor only if the shape has one element.
/// Throws Error(kInvalidArgument) for malformed wire data.
InferRequest parse_predict_request(std::string_view wire);

/// Encodes a PredictResponse: data always in tensor_content (string_val for strings).
void write_predict_response(std::string_view model, std::int64_t version, const Signature& signature,
                            std::span<const TensorView> outputs, ByteSink& sink);

struct MetadataRequest {
  ModelSpec model_spec;
  std::vector<std::string> metadata_fields;
};
MetadataRequest parse_metadata_request(std::string_view wire);
void write_metadata_response(std::string_view model, std::int64_t version, const Signature& signature, ByteSink& sink);

/// Decodes a GetModelStatusRequest.
ModelSpec parse_status_request(std::string_view wire);

/// One entry of a GetModelStatusResponse; `state` and `error_code` are the protocol's numbers.
struct StatusEntry {
  std::int64_t version = 0;
  int state = 0;
  int error_code = 0;
  std::string error_message;
};
void write_status_response(std::span<const StatusEntry> entries, ByteSink& sink);

}  // namespace ovserve::tfs_grpc
