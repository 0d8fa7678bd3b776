#pragma once

#include <string_view>
#include <variant>

#include "base/byte_sink.h"
#include "serving/inference_call.h"
#include "serving/inference_service.h"

namespace ovserve {

enum class GrpcStreamMethod { kModelStreamInfer, kHealthWatch };

/// A method that the protocol has and nobody offers.
struct NotOffered {};

/// A method of which nothing is known.
struct UnknownMethod {};

/// Accepted without effect, as OpenVINO Model Server does: the configuration file is the only source.
struct EmptyAnswer {};

/// What answers a method: a function that never waits, an inference, or a stream.
using GrpcMethod =
    std::variant<UnknownMethod, NotOffered, EmptyAnswer,
                 void (InferenceService::*)(std::string_view request, ByteSink& reply), InferenceApi, GrpcStreamMethod>;

/// `path`: "/package.Service/Method".
GrpcMethod find_grpc_method(std::string_view path);

}  // namespace ovserve
