#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "engine/infer_request_pool.h"
#include "engine/model.h"

namespace ovserve {

/// A model that OpenVINO compiled. A result keeps what it needs, so it may outlive the model; an
/// inference that nobody waits for may not.
class OpenVinoModel : public Model {
 public:
  /// `streams`: what the statistics say. `runs_inline`: it is so fast that infer_async() computes.
  explicit OpenVinoModel(std::shared_ptr<InferRequestPool> pool, std::uint32_t streams = 0,
                         bool runs_inline = false) noexcept;

  const Signature& signature() const noexcept override;
  ModelStatistics statistics() override;
  std::unique_ptr<InferResult> infer(std::span<const TensorView> inputs) override;
  void infer_async(std::span<const TensorView> inputs, InferCompletion completion, std::stop_token cancelled) override;
  bool runs_inline() const noexcept override { return runs_inline_; }

  /// How many inferences may run at the same time.
  std::uint32_t request_count() const noexcept;

 private:
  std::optional<InferOutcome> infer_now(std::span<const TensorView> inputs);

  std::shared_ptr<InferRequestPool> pool_;
  const std::uint32_t streams_;
  const bool runs_inline_;
};

}  // namespace ovserve
