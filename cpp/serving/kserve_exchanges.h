#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "codec/kserve_grpc.h"
#include "codec/kserve_rest.h"
#include "serving/inference_exchange.h"

namespace ovserve {

/// ModelInfer of KServe's gRPC API.
class KserveGrpcExchange : public InferenceExchange {
 public:
  explicit KserveGrpcExchange(std::string_view message) noexcept;

  Target target() override;
  std::vector<RequestTensor>& inputs(const Signature& signature) override;
  void select_outputs(const Signature& signature) override;
  void write(const Answer& answer, ByteSink& sink) override;

 protected:
  kserve_grpc::InferResponse response(const Answer& answer) const noexcept;

 private:
  InferRequest request_;
  std::vector<std::size_t> selected_;
};

/// One message of ModelStreamInfer, in which an error is an answer.
class KserveStreamExchange : public KserveGrpcExchange {
 public:
  using KserveGrpcExchange::KserveGrpcExchange;

  void write(const Answer& answer, ByteSink& sink) override;
  bool write_error(const Error& error, ByteSink& sink) override;
};

/// infer of KServe's REST API.
class KserveRestExchange : public InferenceExchange {
 public:
  /// `model`, `version`: what the path says; `header_length`: of the request's JSON object; `json_depth`: how
  /// deeply that may be nested.
  KserveRestExchange(std::string model, std::optional<Version> version, std::string_view body,
                     std::optional<std::size_t> header_length, std::size_t json_depth) noexcept;

  bool is_long_to_read() const noexcept override;
  Target target() override;
  std::vector<RequestTensor>& inputs(const Signature& signature) override;
  void select_outputs(const Signature& signature) override;
  bool is_long_to_write(const Answer& answer) const noexcept override;
  void write(const Answer& answer, ByteSink& sink) override;
  std::optional<std::size_t> header_length() const noexcept override { return header_length_; }

 private:
  const std::string model_;
  const std::optional<Version> version_;
  std::optional<std::size_t> header_length_;  // of the request, then of the answer
  const std::size_t json_depth_;
  kserve_rest::InferBody infer_;
  std::vector<kserve_rest::SelectedOutput> selected_;
};

}  // namespace ovserve
