#pragma once

#include <cstddef>
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
  /// `model`, `version`: what the path says; `json_depth`: how deeply the body may be nested.
  TfsRestExchange(std::string model, std::optional<Version> version, std::string_view body,
                  std::size_t json_depth) noexcept;

  bool is_long_to_read() const noexcept override { return body().size() > kLongText; }
  Target target() override;
  std::vector<RequestTensor>& inputs(const Signature& signature) override;
  bool is_long_to_write(const Answer& answer) const noexcept override;
  void write(const Answer& answer, ByteSink& sink) override;

 private:
  const std::string model_;
  const std::optional<Version> version_;
  const std::size_t json_depth_;
  tfs_rest::PredictBody predict_;
};

}  // namespace ovserve
