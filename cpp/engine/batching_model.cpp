#include "engine/batching_model.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace ovserve {
namespace {

/// Where the thread of a caller that cannot go on without it waits for an outcome.
class AwaitedOutcome {
 public:
  void set(InferOutcome outcome) {
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    is_there_.notify_one();  // under the lock: this object may be gone right after it
  }

  std::unique_ptr<InferResult> wait() {
    std::unique_lock lock(mutex_);
    is_there_.wait(lock, [this] { return outcome_.has_value(); });
    if (const auto* error = std::get_if<Error>(&*outcome_)) throw Error(*error);
    return std::get<std::unique_ptr<InferResult>>(*std::move(outcome_));
  }

 private:
  std::mutex mutex_;
  std::condition_variable is_there_;
  std::optional<InferOutcome> outcome_;  // guarded by mutex_
};

}  // namespace

BatchingModel::BatchingModel(std::shared_ptr<InferRequestPool> pool, std::uint32_t streams, Signature signature,
                             const Batching& batching, std::shared_ptr<Timer> timer)
    : pool_(std::move(pool)),
      streams_(streams),
      signature_(std::move(signature)),
      batcher_(*pool_, batching, std::move(timer)) {}

ModelStatistics BatchingModel::statistics() {
  const InferRequestPool::Load load = pool_->load();
  return {streams_, pool_->limit(), load.lent, load.waiting};
}

std::unique_ptr<InferResult> BatchingModel::infer(std::span<const TensorView> inputs) {
  AwaitedOutcome awaited;
  batcher_.add(inputs, [&awaited](InferOutcome outcome) { awaited.set(std::move(outcome)); }, {});
  return awaited.wait();
}

void BatchingModel::infer_async(std::span<const TensorView> inputs, InferCompletion completion,
                                std::stop_token cancelled) {
  batcher_.add(inputs, std::move(completion), std::move(cancelled));
}

}  // namespace ovserve
