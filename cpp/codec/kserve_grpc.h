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

/// The messages of the KServe v2 (open inference protocol) gRPC API (package inference) and of
/// grpc.health.v1 on the wire. Source of field numbers: grpc_predict_v2.proto, health.proto.
namespace ovserve::kserve_grpc {

/// "FP32", "INT64", "BOOL", "BYTES", "BF16" ...; "INVALID" for kUndefined.
const char* datatype_name(ElementType type) noexcept;
/// kUndefined for an unknown word.
ElementType datatype_from_name(std::string_view name) noexcept;
/// The shape that metadata show. The protocol has no word for "any number of dimensions"; one
/// dimension of any size comes nearest.
Shape metadata_shape(const TensorInfo& info);

/// Decodes a ModelInferRequest. Views point into `wire`. Throws Error(kInvalidArgument) for
/// malformed wire data, a version that is no decimal number ("invalid model version format in
/// request"), raw and typed contents mixed, or a wrong number of raw buffers.
InferRequest parse_infer_request(std::string_view wire);

/// What a ModelInferResponse is made of.
struct InferResponse {
  std::string_view model;
  std::int64_t version = 0;
  std::string_view id;
  const Signature& signature;
  std::span<const TensorView> outputs;
  /// Selects and orders the outputs: indices into signature.outputs and `outputs`.
  std::span<const std::size_t> output_indices;
};

/// Encodes a ModelInferResponse: data always in raw_output_contents.
void write_infer_response(const InferResponse& response, ByteSink& sink);
/// Encodes a ModelStreamInferResponse with the same as its infer_response.
void write_stream_response(const InferResponse& response, ByteSink& sink);
/// Encodes a ModelStreamInferResponse that has only an error_message.
void write_stream_error(std::string_view message, ByteSink& sink);

/// name and version of ModelReadyRequest and ModelMetadataRequest. Throws like parse_infer_request.
struct ModelName {
  std::string name;
  std::optional<std::int64_t> version;
};
ModelName parse_model_name(std::string_view wire);

/// {field 1: bool}: ServerLiveResponse, ServerReadyResponse, ModelReadyResponse.
void write_flag_response(bool value, ByteSink& sink);
void write_server_metadata_response(std::string_view name, std::string_view version,
                                    std::span<const std::string> extensions, ByteSink& sink);
void write_model_metadata_response(std::string_view model, std::span<const std::int64_t> versions,
                                   const Signature& signature, ByteSink& sink);

/// grpc.health.v1.HealthCheckRequest.service and HealthCheckResponse.status.
enum class HealthStatus { kUnknown = 0, kServing = 1, kNotServing = 2, kServiceUnknown = 3 };
std::string parse_health_request(std::string_view wire);
void write_health_response(HealthStatus status, ByteSink& sink);

}  // namespace ovserve::kserve_grpc
