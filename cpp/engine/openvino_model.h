#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engine/infer_request_pool.h"
#include "engine/model.h"

namespace ovserve {

/// A model that OpenVINO compiled. A result keeps what it needs, so it may outlive the model.
class OpenVinoModel : public Model {
 public:
  /// `streams`: what the statistics say.
  explicit OpenVinoModel(std::shared_ptr<InferRequestPool> pool, std::uint32_t streams = 0) noexcept;

  const Signature& signature() const noexcept override;
  ModelStatistics statistics() override;
  std::unique_ptr<InferResult> infer(std::span<const TensorView> inputs) override;
  void infer_async(std::span<const TensorView> inputs, InferCompletion completion, std::stop_token cancelled) override;

  /// How many inferences may run at the same time.
  std::uint32_t request_count() const noexcept;

 private:
  std::shared_ptr<InferRequestPool> pool_;
  const std::uint32_t streams_;
};

}  // namespace ovserve
