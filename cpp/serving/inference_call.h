#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "base/byte_chain.h"
#include "base/error.h"
#include "repository/version_policy.h"

namespace ovserve {

/// The APIs by which an inference can be asked for.
enum class InferenceApi : std::uint8_t {
  kTfsPredict,         ///< gRPC: a PredictRequest
  kKserveInfer,        ///< gRPC: a ModelInferRequest
  kKserveStreamInfer,  ///< gRPC: one ModelInferRequest of a stream; an Error becomes a reply with error_message
  kTfsRestPredict,     ///< POST /v1/models/...:predict
  kKserveRestInfer,    ///< POST /v2/models/.../infer
};

/// One request for an inference, as a front hands it over.
struct InferenceCall {
  InferenceApi api = InferenceApi::kKserveInfer;
  std::string_view body;              ///< the message or the HTTP body
  std::shared_ptr<const void> owner;  ///< keeps the body; none: the caller does, until the reply

  // REST only: what the path and the headers say. Version none or 0: the default.
  std::string model;
  std::optional<Version> version;
  std::optional<std::size_t> header_length;  ///< Inference-Header-Content-Length

  /// Once stop is requested, a call that waits for anything ends with Error(kCancelled), and one that
  /// runs is broken off if the device can do that. One that nobody can cancel needs no state.
  std::stop_token cancelled;
};

struct InferenceReply {
  ByteChain body;
  std::optional<std::size_t> header_length;  ///< kKserveRestInfer: of the JSON object, if tensors follow it
};

/// Gets the end of a call, exactly once. Must not throw, nor block: it runs on the thread that called
/// start(), on one of the device's, on the repository's or on the one that requests the stop. It may be
/// called before start() returns, and within request_stop().
/// A reply with large outputs holds the infer request that they lie in until its body's owner is let
/// go; whoever sends slowly copies the pieces and lets go. That may happen on any thread.
using OnReply = std::function<void(std::variant<InferenceReply, Error>)>;

}  // namespace ovserve
