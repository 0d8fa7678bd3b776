#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>

#include "repository/model_entry.h"
#include "repository/model_repository.h"

namespace ovserve {

using OnLease = ModelRepository::OnLease;
using LeaseOutcome = std::variant<ModelLease, Error>;

/// The version that a request asks for; none: the default.
struct LeaseWish {
  std::string model;
  std::optional<Version> version;
};

/// A request that waits, without a thread, for a version that is being loaded.
struct LeaseWaiter {
  LeaseWish wish;
  OnLease on_lease;
  std::chrono::steady_clock::time_point give_up_at;
  ModelEntry* model = nullptr;                                     ///< counts it; none while it does not wait
  bool cancelled = false;                                          ///< guarded by the repository's lock
  std::optional<std::stop_callback<std::function<void()>>> watch;  ///< last: it uses the others

  /// Without the lock, which a cancellation that is under way needs. The last thing to be called.
  void end(LeaseOutcome outcome) {
    watch.reset();
    on_lease(std::move(outcome));
  }
};

}  // namespace ovserve
