#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "repository/version_policy.h"

namespace ovserve {

/// Is told what the repository does, so that it can be counted. Called from many threads, often under the
/// repository's lock: implementations are quick, and never call the repository. The defaults ignore everything.
class RepositoryObserver {
 public:
  using Duration = std::chrono::nanoseconds;

  virtual ~RepositoryObserver() = default;

  /// A model of this name is configured from now on, or no more.
  virtual void model_configured(const std::string& /*model*/) noexcept {}
  virtual void model_removed(const std::string& /*model*/) noexcept {}

  /// Loads of one version, reloads included. `took` covers the loader's part.
  virtual void load_began(const std::string& /*model*/, Version /*version*/) noexcept {}
  virtual void load_done(const std::string& /*model*/, Version /*version*/, Duration /*took*/) noexcept {}
  virtual void load_failed(const std::string& /*model*/, Version /*version*/) noexcept {}

  /// The loader's answer about a version changed.
  virtual void blacklisted(const std::string& /*model*/, Version /*version*/, bool /*is_blacklisted*/) noexcept {}

  /// A call into a custom loader ended. Calls that hang are not told.
  virtual void loader_called(const std::string& /*loader*/, const char* /*function*/, bool /*succeeded*/,
                             Duration /*took*/) noexcept {}
};

/// One call into a loader, told to the observer when it ends: as failed unless succeeded() was called.
class ObservedCall {
 public:
  ObservedCall(RepositoryObserver& observer, std::string loader, const char* function)
      : observer_(observer), loader_(std::move(loader)), function_(function) {}
  ~ObservedCall() { tell(false); }

  ObservedCall(const ObservedCall&) = delete;
  ObservedCall& operator=(const ObservedCall&) = delete;

  /// The call ended well, now.
  void succeeded() noexcept { tell(true); }

 private:
  void tell(bool well) noexcept {
    if (!std::exchange(told_, true)) {
      observer_.loader_called(loader_, function_, well, std::chrono::steady_clock::now() - started_);
    }
  }

  RepositoryObserver& observer_;
  const std::string loader_;
  const char* const function_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  bool told_ = false;
};

}  // namespace ovserve
