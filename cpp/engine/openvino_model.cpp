#include "engine/openvino_model.h"

#include <chrono>
#include <exception>
#include <utility>

#include "base/error.h"
#include "engine/infer_run.h"
#include "engine/inference_error.h"
#include "engine/leased_results.h"

namespace ovserve {
namespace {

using Clock = std::chrono::steady_clock;

InferRequestPool::Lease acquire_from(InferRequestPool& pool) {
  try {
    return pool.acquire();
  } catch (const std::exception&) {
    throw request_error(std::current_exception());
  }
}

std::unique_ptr<InferResult> run(InferRequestPool::Lease lease, std::span<const TensorView> inputs,
                                 const Signature& signature, Clock::time_point came, Clock::time_point began) {
  try {
    lease->run(inputs);
  } catch (const std::exception&) {
    throw inference_error(std::current_exception(), signature);
  }
  return std::make_unique<LeasedResult>(std::move(lease), InferTimes{began - came, Clock::now() - began});
}

}  // namespace

OpenVinoModel::OpenVinoModel(std::shared_ptr<InferRequestPool> pool, std::uint32_t streams, bool runs_inline) noexcept
    : pool_(std::move(pool)), streams_(streams), runs_inline_(runs_inline) {}

const Signature& OpenVinoModel::signature() const noexcept { return pool_->ports().signature; }

std::uint32_t OpenVinoModel::request_count() const noexcept { return pool_->limit(); }

ModelStatistics OpenVinoModel::statistics() {
  const InferRequestPool::Load load = pool_->load();
  return {streams_, pool_->limit(), load.lent, load.waiting};
}

std::unique_ptr<InferResult> OpenVinoModel::infer(std::span<const TensorView> inputs) {
  const auto came = Clock::now();
  InferRequestPool::Lease lease = acquire_from(*pool_);
  return run(std::move(lease), inputs, signature(), came, Clock::now());
}

void OpenVinoModel::infer_async(std::span<const TensorView> inputs, InferCompletion completion,
                                std::stop_token cancelled) {
  if (runs_inline_) {
    if (auto outcome = infer_now(inputs)) {
      complete(completion, *std::move(outcome));
      return;
    }
  }
  InferRun::run_alone(*pool_, std::make_unique<InferPart>(inputs, 0, std::move(completion), std::move(cancelled)));
}

// None while all infer requests are taken.
std::optional<InferOutcome> OpenVinoModel::infer_now(std::span<const TensorView> inputs) {
  try {
    auto lease = pool_->try_acquire();
    if (!lease) return std::nullopt;
    const auto began = Clock::now();
    return run(*std::move(lease), inputs, signature(), began, began);
  } catch (const Error& error) {
    return error;
  } catch (const std::exception&) {
    return request_error(std::current_exception());
  }
}

}  // namespace ovserve
