#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace ovserve {

/// Names that somebody else answers requests about, though routes and methods are the core's. Thread-safe.
class PassedModels {
 public:
  using Names = std::set<std::string, std::less<>>;

  /// `all`: whatever the name, also of models that the core serves.
  void set(bool all, Names names) {
    const std::lock_guard lock(mutex_);
    all_ = all;
    names_ = std::move(names);
    any_.store(all_ || !names_.empty(), std::memory_order_release);
  }

  bool any() const noexcept { return any_.load(std::memory_order_acquire); }

  bool contains(std::string_view model) const {
    if (!any()) return false;
    const std::lock_guard lock(mutex_);
    return all_ || names_.contains(model);
  }

 private:
  std::atomic<bool> any_{false};  // so that a server without such names takes no lock
  mutable std::mutex mutex_;
  bool all_ = false;  // guarded by mutex_
  Names names_;       // guarded by mutex_
};

}  // namespace ovserve
