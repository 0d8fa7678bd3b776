#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "metrics/metrics.h"
#include "repository/model_repository.h"
#include "serving/inference_exchange.h"
#include "serving/request_limits.h"
#include "serving/request_meter.h"

namespace ovserve {

/// What inferences are made with.
struct InferenceContext {
  ModelRepository& repository;
  const Metrics* metrics;  ///< null: nothing is counted
  RequestLimits limits;
  ThreadPool* workers;  ///< for what takes long of an inference that nobody waits for; null: whoever is there
};

/// The steps of one inference, the same for every API: lease, read, decode, check, infer, write. Who
/// takes them waits between two of them or not. All throw Error; a request is counted as failed unless
/// answered() was reached.
class InferencePipeline {
 public:
  /// Both must outlive this.
  InferencePipeline(InferenceExchange& exchange, const InferenceContext& context);

  /// What is to be leased.
  InferenceExchange::Target target();

  /// Reads the inputs as the model that was leased has them. True if there are images to be decoded.
  bool read(ModelLease lease);
  /// The inputs, checked against the model; valid as long as this.
  std::span<const TensorView> inputs();
  Model& model() const noexcept { return *lease_.model; }

  /// Whether answer() will take long.
  bool is_long_to_answer(const InferResult& result) const noexcept;
  void answer(const InferResult& result, ByteSink& sink);
  /// The answer is written, and has so many bytes.
  void answered(std::size_t bytes);

  /// For an answer that refers to the result's memory: holds the model as long as that.
  ModelLease lease() const noexcept { return lease_; }

 private:
  InferenceExchange::Answer answer_of(const InferResult& result) const noexcept;

  InferenceExchange& exchange_;
  const ImageLimits& image_limits_;
  const std::string* model_name_ = nullptr;  // from target() on
  ModelLease lease_;
  RequestMeter meter_;
  std::vector<RequestTensor>* tensors_ = nullptr;  // from read() on
  std::vector<TensorView> views_;
};

}  // namespace ovserve
