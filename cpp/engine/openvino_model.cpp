#include "engine/openvino_model.h"

#include <exception>
#include <utility>

#include "base/error.h"
#include "engine/openvino_reason.h"

namespace ovserve {
namespace {

class LeasedResult : public InferResult {
 public:
  explicit LeasedResult(InferRequestPool::Lease lease) noexcept : lease_(std::move(lease)) {}

  std::span<const TensorView> outputs() const noexcept override { return lease_->outputs(); }

 private:
  InferRequestPool::Lease lease_;
};

InferRequestPool::Lease acquire_from(InferRequestPool& pool) {
  try {
    return pool.acquire();
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kInternal, "cannot make an infer request: " + openvino_reason(e.what()));
  }
}

}  // namespace

OpenVinoModel::OpenVinoModel(std::shared_ptr<InferRequestPool> pool) noexcept : pool_(std::move(pool)) {}

const Signature& OpenVinoModel::signature() const noexcept { return pool_->ports().signature; }

std::uint32_t OpenVinoModel::request_count() const noexcept { return pool_->limit(); }

std::unique_ptr<InferResult> OpenVinoModel::infer(std::span<const TensorView> inputs) {
  InferRequestPool::Lease lease = acquire_from(*pool_);
  try {
    lease->run(inputs);
  } catch (const Error&) {
    lease.discard();
    throw;
  } catch (const std::exception& e) {
    lease.discard();
    throw Error(ErrorCode::kInternal, "inference failed: " + openvino_reason(e.what()));
  }
  return std::make_unique<LeasedResult>(std::move(lease));
}

}  // namespace ovserve
