#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/infer_request_pool.h"
#include "engine/model.h"

namespace ovserve {

/// The outputs of one inference, in the infer request that made them.
class LeasedResult : public InferResult {
 public:
  LeasedResult(InferRequestPool::Lease lease, InferTimes times) noexcept : lease_(std::move(lease)), times_(times) {}

  std::span<const TensorView> outputs() const noexcept override { return lease_->outputs(); }
  InferTimes times() const noexcept override { return times_; }

 private:
  InferRequestPool::Lease lease_;
  const InferTimes times_;
};

/// One inference's rows of the outputs of several. The infer request goes back with the last of them.
class SharedResult : public InferResult {
 public:
  /// `rows` rows from `first` on, of `all` in dimension 0 of every output.
  SharedResult(std::shared_ptr<const InferRequestPool::Lease> lease, std::size_t first, std::size_t rows,
               std::size_t all, InferTimes times);

  std::span<const TensorView> outputs() const noexcept override { return outputs_; }
  InferTimes times() const noexcept override { return times_; }

 private:
  std::shared_ptr<const InferRequestPool::Lease> lease_;
  std::vector<TensorView> outputs_;
  const InferTimes times_;
};

}  // namespace ovserve
