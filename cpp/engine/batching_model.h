#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engine/batcher.h"
#include "engine/infer_request_pool.h"
#include "engine/model.h"

namespace ovserve {

/// A model that OpenVINO compiled with a first dimension of any size, so that inferences of several
/// callers can run as one. A result may outlive the model, an inference may not.
class BatchingModel : public Model {
 public:
  /// `signature`: what one caller may send and gets, with the pool's names and types.
  BatchingModel(std::shared_ptr<InferRequestPool> pool, std::uint32_t streams, Signature signature,
                const Batching& batching, std::shared_ptr<Timer> timer);

  const Signature& signature() const noexcept override { return signature_; }
  ModelStatistics statistics() override;
  std::unique_ptr<InferResult> infer(std::span<const TensorView> inputs) override;
  void infer_async(std::span<const TensorView> inputs, InferCompletion completion, std::stop_token cancelled) override;

 private:
  const std::shared_ptr<InferRequestPool> pool_;
  const std::uint32_t streams_;
  const Signature signature_;
  Batcher batcher_;
};

}  // namespace ovserve
