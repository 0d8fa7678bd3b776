#include "engine/infer_request_pool.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <thread>
#include <utility>

namespace ovserve {
namespace {

/// A thread that waits for a request.
class WaitingThread : public InferRequestPool::Waiter {
 public:
  void serve(InferRequestPool::Lease& lease) noexcept override {
    const std::lock_guard lock(mutex_);
    lease_.emplace(std::move(lease));
    served_.notify_one();  // under the lock: this object may be gone right after it
  }

  void fail() noexcept override {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    served_.notify_one();
  }

  InferRequestPool::Lease wait() {
    std::unique_lock lock(mutex_);
    served_.wait(lock, [this] { return lease_ || failure_; });
    if (failure_) std::rethrow_exception(failure_);
    return *std::move(lease_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable served_;
  std::optional<InferRequestPool::Lease> lease_;  // guarded by mutex_
  std::exception_ptr failure_;                    // guarded by mutex_
};

// Within a callback of the device nothing of the model can be freed: that would wait for the callback's end.
void free_pool(InferRequestPool* pool) {
  if (!BoundRequest::in_listener()) {
    delete pool;
    return;
  }
  std::thread([pool] { delete pool; }).detach();
}

}  // namespace

InferRequestPool::Lease::~Lease() {
  if (pool_ != nullptr) pool_->give_back(std::move(request_));
}

InferRequestPool::Lease& InferRequestPool::Lease::operator=(Lease&& other) noexcept {
  Lease former(std::move(*this));
  pool_ = std::move(other.pool_);
  request_ = std::move(other.request_);
  return *this;
}

InferRequestPool::InferRequestPool(ov::CompiledModel model, std::uint32_t limit, bool on_cpu)
    : model_(std::move(model)), ports_(read_ports(model_)), limit_(std::max(1U, limit)), on_cpu_(on_cpu) {
  idle_.reserve(limit_);  // so that giving back never allocates
  idle_.push_back(make());
}

std::shared_ptr<InferRequestPool> InferRequestPool::create(ov::CompiledModel model, std::uint32_t limit, bool on_cpu) {
  return {new InferRequestPool(std::move(model), limit, on_cpu), free_pool};
}

std::unique_ptr<BoundRequest> InferRequestPool::make() {
  return std::make_unique<BoundRequest>(model_.create_infer_request(), ports_, on_cpu_);
}

bool InferRequestPool::take_locked(std::unique_ptr<BoundRequest>& request) {
  if (lent_ == limit_) return false;
  ++lent_;
  if (idle_.empty()) return true;  // lend() makes one
  request = std::move(idle_.back());
  idle_.pop_back();
  return true;
}

InferRequestPool::Lease InferRequestPool::lend(std::unique_ptr<BoundRequest> request) {
  if (request == nullptr) {
    try {
      request = make();
    } catch (...) {
      give_back(nullptr);
      throw;
    }
  }
  return {shared_from_this(), std::move(request)};
}

std::optional<InferRequestPool::Lease> InferRequestPool::try_acquire() {
  std::unique_ptr<BoundRequest> request;
  {
    const std::lock_guard lock(mutex_);
    if (!take_locked(request)) return std::nullopt;
  }
  return lend(std::move(request));
}

std::optional<InferRequestPool::Lease> InferRequestPool::acquire_or_queue(Waiter& waiter) {
  std::unique_ptr<BoundRequest> request;
  {
    const std::lock_guard lock(mutex_);
    if (!take_locked(request)) {
      waiter.place_ = waiters_.insert(waiters_.end(), &waiter);
      waiter.is_queued_ = true;
      return std::nullopt;
    }
  }
  return lend(std::move(request));
}

InferRequestPool::Lease InferRequestPool::acquire() {
  WaitingThread thread;
  if (auto lease = acquire_or_queue(thread)) return *std::move(lease);
  struct Counted {
    explicit Counted(InferRequestPool& counting) : pool(counting) { pool.count_waiting(1); }
    ~Counted() { pool.count_waiting(-1); }
    InferRequestPool& pool;
  } counted(*this);
  return thread.wait();
}

bool InferRequestPool::withdraw(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(waiter.is_queued_, false)) return false;
  waiters_.erase(waiter.place_);
  return true;
}

InferRequestPool::Load InferRequestPool::load() {
  const std::lock_guard lock(mutex_);
  return {lent_, static_cast<std::uint32_t>(std::max(0, waiting_.load(std::memory_order_relaxed)))};
}

void InferRequestPool::give_back(std::unique_ptr<BoundRequest> request) noexcept {
  for (;;) {
    Waiter* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (waiters_.empty()) {
        --lent_;
        if (request != nullptr) idle_.push_back(std::move(request));
        return;
      }
      // Handed over directly: the place stays lent, so that nobody who came later can take it.
      next = waiters_.front();
      waiters_.pop_front();
      next->is_queued_ = false;
    }
    try {
      if (request == nullptr) request = make();
    } catch (...) {
      next->fail();
      continue;
    }
    Lease lease(shared_from_this(), std::move(request));
    next->serve(lease);
    if (!lease) return;
    request = std::move(lease.request_);
    lease.pool_.reset();
  }
}

}  // namespace ovserve
