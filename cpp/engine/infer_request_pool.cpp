#include "engine/infer_request_pool.h"

#include <algorithm>
#include <utility>

namespace ovserve {

InferRequestPool::Lease::~Lease() {
  if (pool_ != nullptr) pool_->give_back(std::move(request_));
}

void InferRequestPool::Lease::discard() noexcept {
  request_.reset();
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->give_back(nullptr);
}

InferRequestPool::InferRequestPool(ov::CompiledModel model, std::uint32_t limit)
    : model_(std::move(model)), ports_(read_ports(model_)), limit_(std::max(1U, limit)) {
  idle_.reserve(limit_);  // so that giving back never allocates
  idle_.push_back(make());
}

std::shared_ptr<InferRequestPool> InferRequestPool::create(ov::CompiledModel model, std::uint32_t limit) {
  return std::shared_ptr<InferRequestPool>(new InferRequestPool(std::move(model), limit));
}

std::unique_ptr<BoundRequest> InferRequestPool::make() {
  return std::make_unique<BoundRequest>(model_.create_infer_request(), ports_);
}

std::unique_ptr<BoundRequest> InferRequestPool::take_or_wait() {
  std::unique_lock lock(mutex_);
  if (lent_ < limit_) {
    ++lent_;
    if (idle_.empty()) return nullptr;
    auto request = std::move(idle_.back());
    idle_.pop_back();
    return request;
  }
  Waiter waiter;
  waiters_.push_back(&waiter);
  waiter.served.wait(lock, [&waiter] { return waiter.is_served; });
  return std::move(waiter.slot);
}

InferRequestPool::Lease InferRequestPool::acquire() {
  std::unique_ptr<BoundRequest> request = take_or_wait();
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

InferRequestPool::Load InferRequestPool::load() {
  const std::lock_guard lock(mutex_);
  return {lent_, static_cast<std::uint32_t>(waiters_.size())};
}

void InferRequestPool::give_back(std::unique_ptr<BoundRequest> request) noexcept {
  const std::lock_guard lock(mutex_);
  if (waiters_.empty()) {
    --lent_;
    if (request != nullptr) idle_.push_back(std::move(request));
    return;
  }
  // Handed over directly: the place stays lent, so that nobody who came later can take it.
  Waiter& waiter = *waiters_.front();
  waiters_.pop_front();
  waiter.slot = std::move(request);
  waiter.is_served = true;
  waiter.served.notify_one();  // under the lock: the waiter's frame may be gone right after it
}

}  // namespace ovserve
