#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/tfs_rest.h"
#include "serving/inference_exchange.h"

namespace ovserve {

/// Predict of TensorFlow Serving's gRPC API.
class TfsGrpcExchange : public InferenceExchange {
 public:
  explicit TfsGrpcExchange(std::string_view message) noexcept;

  Target target() override;
  std::vector<RequestTensor>& inputs(const Signature& signature) override;
  void write(const Answer& answer, ByteSink& sink) override;

 private:
  InferRequest request_;
};

/// :predict of TensorFlow Serving's REST API.
class TfsRestExchange : public InferenceExchange {
 public:
  /// `model` and what the path says of the version.
  TfsRestExchange(std::string model, std::optional<Version> version, std::string_view body) noexcept;

  Target target() override;
  std::vector<RequestTensor>& inputs(const Signature& signature) override;
  void write(const Answer& answer, ByteSink& sink) override;

 private:
  const std::string model_;
  const std::optional<Version> version_;
  tfs_rest::PredictBody predict_;
};

}  // namespace ovserve
