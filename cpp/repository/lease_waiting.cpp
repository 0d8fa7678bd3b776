// Requests that wait for a load without a thread. The monitor's thread serves them when something
// changed or their time is over.

#include <algorithm>
#include <utility>

#include "repository/repository_impl.h"

namespace ovserve {

void ModelRepository::Impl::acquire_async(LeaseWish wish, OnLease on_lease, std::stop_token cancelled) {
  auto waiter = std::make_unique<LeaseWaiter>();
  waiter->wish = std::move(wish);
  waiter->on_lease = std::move(on_lease);
  if (cancelled.stop_possible()) {
    waiter->watch.emplace(std::move(cancelled), [this, watched = waiter.get()] { cancel(*watched); });
  }
  if (auto outcome = wait_or_outcome(waiter)) waiter->end(*std::move(outcome));
}

// Puts the waiter into the list if there is something to wait for.
std::optional<LeaseOutcome> ModelRepository::Impl::wait_or_outcome(std::unique_ptr<LeaseWaiter>& waiter) {
  const Lock lock(mutex_);
  waiter->give_up_at = Clock::now() + options_.load_wait;
  if (auto outcome = outcome_locked(*waiter)) return outcome;
  try {
    ModelEntry& model = find_locked(waiter->wish.model, waiter->wish.version).model;
    check_may_wait_locked(model);
    ++model.waiting;
    waiter->model = &model;
  } catch (const Error& error) {
    return error;
  }
  lease_waiters_.push_back(std::move(waiter));
  changed_.notify_all();  // the monitor may have to wake up earlier
  return std::nullopt;
}

std::optional<LeaseOutcome> ModelRepository::Impl::outcome_locked(const LeaseWaiter& waiter) {
  if (waiter.cancelled) return Error(ErrorCode::kCancelled, "The request was cancelled");
  try {
    const Found found = find_locked(waiter.wish.model, waiter.wish.version);
    if (auto lease = found.lease()) return *std::move(lease);
    if (Clock::now() >= waiter.give_up_at) found.refuse();
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

std::unique_ptr<LeaseWaiter> ModelRepository::Impl::take_waiter_locked(const LeaseWaiter& waiter) {
  const auto found = std::find_if(lease_waiters_.begin(), lease_waiters_.end(),
                                  [&](const auto& waiting) { return waiting.get() == &waiter; });
  if (found == lease_waiters_.end()) return nullptr;
  auto taken = std::move(*found);
  lease_waiters_.erase(found);
  --taken->model->waiting;
  return taken;
}

void ModelRepository::Impl::serve_waiters(Lock& lock) {
  for (auto next = lease_waiters_.begin(); next != lease_waiters_.end();) {
    auto outcome = outcome_locked(**next);
    if (!outcome) {
      ++next;
      continue;
    }
    const auto served = take_waiter_locked(**next);
    lock.unlock();
    served->end(*std::move(outcome));
    outcome.reset();
    lock.lock();
    next = lease_waiters_.begin();  // the list may have changed meanwhile
  }
}

void ModelRepository::Impl::cancel(LeaseWaiter& waiter) {
  std::unique_ptr<LeaseWaiter> taken;
  {
    const Lock lock(mutex_);
    waiter.cancelled = true;
    taken = take_waiter_locked(waiter);
  }
  if (taken) taken->end(Error(ErrorCode::kCancelled, "The request was cancelled"));
}

ModelRepository::Impl::Clock::time_point ModelRepository::Impl::next_deadline_locked(
    Clock::time_point at_latest) const {
  for (const auto& waiter : lease_waiters_) at_latest = std::min(at_latest, waiter->give_up_at);
  return at_latest;
}

}  // namespace ovserve
