#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_sink.h"
#include "metrics/metrics.h"
#include "repository/model_repository.h"
#include "serving/inference_call.h"
#include "serving/inference_exchange.h"
#include "serving/inference_pipeline.h"
#include "serving/request_limits.h"

namespace ovserve {

/// Every request of every API, from its bytes to the bytes of the answer, without Python and
/// without any server library: grpcio's handlers, the REST app and a native front call the same
/// functions. All throw Error; the caller maps its code to the protocol's status.
/// Thread-safe. The repository must outlive it.
class InferenceService {
 public:
  /// `metrics`: where requests are counted; null: nowhere. `workers`: take the long steps of what start()
  /// begins, such as reading large JSON, so that nobody's thread is held up; null: whoever is there takes
  /// them. They must have finished before this goes.
  InferenceService(ModelRepository& repository, std::string server_version, std::shared_ptr<Metrics> metrics = nullptr,
                   const RequestLimits& limits = {}, ThreadPool* workers = nullptr);

  /// Ready once the initial configuration has been processed, even if models failed.
  void set_ready(bool ready) noexcept { ready_ = ready; }
  bool ready() const noexcept { return ready_; }

  // tensorflow.serving over gRPC: request message in, response message out.
  void tfs_predict(std::string_view request, ByteSink& reply);
  void tfs_get_model_metadata(std::string_view request, ByteSink& reply);
  void tfs_get_model_status(std::string_view request, ByteSink& reply);

  // inference.GRPCInferenceService and grpc.health.v1.
  void kserve_server_live(std::string_view request, ByteSink& reply);
  void kserve_server_ready(std::string_view request, ByteSink& reply);
  void kserve_model_ready(std::string_view request, ByteSink& reply);
  void kserve_server_metadata(std::string_view request, ByteSink& reply);
  void kserve_model_metadata(std::string_view request, ByteSink& reply);
  void kserve_model_infer(std::string_view request, ByteSink& reply);
  /// One message of a ModelStreamInfer stream; an Error becomes its error_message.
  void kserve_model_stream_infer(std::string_view request, ByteSink& reply);
  void health_check(std::string_view request, ByteSink& reply);

  // TensorFlow Serving's REST API: JSON body in, JSON body out. Version none or 0: the default.
  std::string rest_predict(const std::string& model, std::optional<Version> version, std::string_view body);
  std::string rest_metadata(const std::string& model, std::optional<Version> version);
  std::string rest_status(const std::string& model, std::optional<Version> version);
  std::string rest_config_status();

  // KServe v2 over REST; version as above.
  /// `header_length`: of the request's JSON object, none if nothing follows it (see codec/kserve_rest.h).
  /// Returns the same of the reply.
  std::optional<std::size_t> kserve_rest_infer(const std::string& model, std::optional<Version> version,
                                               std::string_view body, std::optional<std::size_t> header_length,
                                               ByteSink& reply);
  /// Begins an inference by any of the APIs above and returns without waiting for anything. See OnReply
  /// for when and where the reply comes; never throws.
  void start(InferenceCall call, OnReply on_reply);

  std::string kserve_rest_model_metadata(const std::string& model, std::optional<Version> version);

  /// Whether a version (or the default one) is AVAILABLE.
  /// Throws Error(kNotFound) for an unknown model or version, or when no default version is available.
  bool model_ready(const std::string& model, std::optional<Version> version);

  /// Everything measured, in Prometheus' text format. Throws Error(kNotFound) if nothing is.
  std::string metrics_text();

 private:
  void infer(InferenceExchange& exchange, ByteSink& reply);
  std::vector<Version> available_versions(const std::string& model);
  bool is_available(const std::string& model, std::optional<Version> version);
  void update_gauges();

  ModelRepository& repository_;
  std::string server_version_;
  std::shared_ptr<Metrics> metrics_;  // null: nothing is counted
  const InferenceContext context_;
  std::atomic<bool> ready_{false};
};

}  // namespace ovserve
