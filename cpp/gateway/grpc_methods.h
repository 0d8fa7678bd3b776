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

/// A method about custom services, which others answer: with one message, or with many.
enum class PassedMethod { kUnary, kStream };

/// What answers a method: a function that never waits, an inference, a stream, or others.
using GrpcMethod = std::variant<UnknownMethod, NotOffered, EmptyAnswer,
                                void (InferenceService::*)(std::string_view request, ByteSink& reply), InferenceApi,
                                GrpcStreamMethod, PassedMethod>;

/// `path`: "/package.Service/Method".
GrpcMethod find_grpc_method(std::string_view path);

}  // namespace ovserve
