#include "engine/openvino_model.h"

#include <chrono>
#include <exception>
#include <utility>

#include "base/error.h"
#include "engine/inference_failure.h"
#include "engine/openvino_reason.h"

namespace ovserve {
namespace {

using Clock = std::chrono::steady_clock;

class LeasedResult : public InferResult {
 public:
  LeasedResult(InferRequestPool::Lease lease, InferTimes times) noexcept : lease_(std::move(lease)), times_(times) {}

  std::span<const TensorView> outputs() const noexcept override { return lease_->outputs(); }
  InferTimes times() const noexcept override { return times_; }

 private:
  InferRequestPool::Lease lease_;
  const InferTimes times_;
};

InferRequestPool::Lease acquire_from(InferRequestPool& pool) {
  try {
    return pool.acquire();
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kInternal, "cannot make an infer request: " + openvino_reason(e.what()));
  }
}

}  // namespace

OpenVinoModel::OpenVinoModel(std::shared_ptr<InferRequestPool> pool, std::uint32_t streams) noexcept
    : pool_(std::move(pool)), streams_(streams) {}

const Signature& OpenVinoModel::signature() const noexcept { return pool_->ports().signature; }

std::uint32_t OpenVinoModel::request_count() const noexcept { return pool_->limit(); }

ModelStatistics OpenVinoModel::statistics() {
  const InferRequestPool::Load load = pool_->load();
  return {streams_, pool_->limit(), load.lent, load.waiting};
}

std::unique_ptr<InferResult> OpenVinoModel::infer(std::span<const TensorView> inputs) {
  const auto came = Clock::now();
  InferRequestPool::Lease lease = acquire_from(*pool_);
  const auto began = Clock::now();
  try {
    lease->run(inputs);
  } catch (const Error&) {
    lease.discard();
    throw;
  } catch (const std::exception& e) {
    lease.discard();
    throw inference_failure(e.what(), signature());
  }
  return std::make_unique<LeasedResult>(std::move(lease), InferTimes{began - came, Clock::now() - began});
}

}  // namespace ovserve
