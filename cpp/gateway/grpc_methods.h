#pragma once

#include <string_view>
#include <variant>

#include "base/byte_sink.h"
#include "serving/inference_call.h"
#include "serving/inference_service.h"

namespace ovserve {

enum class GrpcStreamMethod { kModelStreamInfer, kHealthWatch };

/// A method that the protocol has and nobody offers, and what is said about that.
struct NotOffered {
  std::string_view details;
};

/// A method of which nothing is known.
struct UnknownMethod {};

/// Accepted without effect, as OpenVINO Model Server does: the configuration file is the only source.
struct EmptyAnswer {};

/// What answers a method: a function that never waits, an inference, or a stream.
using GrpcMethod =
    std::variant<UnknownMethod, NotOffered, EmptyAnswer,
                 void (InferenceService::*)(std::string_view request, ByteSink& reply), InferenceApi, GrpcStreamMethod>;

/// Said to those who call services of Python code, which this front does not reach over gRPC.
inline constexpr std::string_view kServicesElsewhere =
    "services answer over gRPC where the server runs with --grpc_frontend grpcio or with --model_store; "
    "here they answer over REST";

/// `path`: "/package.Service/Method".
GrpcMethod find_grpc_method(std::string_view path);

}  // namespace ovserve
