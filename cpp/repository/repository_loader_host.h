#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "loader/loader_host.h"

namespace ovserve {

/// What the repository offers to one of its loaders. It knows which call runs, how long that may take, and
/// whether its result is still wanted. Thread-safe; it takes no lock of others but in `on_blacklist_change`.
class RepositoryLoaderHost final : public LoaderHost {
 public:
  using Clock = std::chrono::steady_clock;

  /// `on_blacklist_change` is called on the loader's threads: for the first of several changes that
  /// nobody has taken yet.
  RepositoryLoaderHost(std::string loader_name, std::function<void()> on_blacklist_change);

  void log(LogLevel level, const std::string& text) noexcept override;
  void progress(const std::string& model, std::int64_t version, const std::string& text,
                double fraction) noexcept override;
  void blacklist_changed() noexcept override;
  std::optional<std::chrono::milliseconds> remaining() const noexcept override;
  bool cancelled() const noexcept override;

  /// Whether a call is in vain once loader or model leaves, or has to be carried out even then.
  enum class Purpose { kServing, kLeaving };

  /// One call into the loader, on the thread of its library, for as long as this object lives.
  class Call {
   public:
    /// `model`: whom it is about; empty: the loader itself.
    Call(RepositoryLoaderHost& host, std::chrono::milliseconds deadline, Purpose purpose, const std::string& model);
    ~Call();

    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    RepositoryLoaderHost& host_;
  };

  /// The loader leaves: calls that serve are in vain from now on.
  void cancel();

  /// A model leaves, or has come back.
  void set_wanted(const std::string& model, bool wanted);

  /// Whether the loader told of a change since that was taken last.
  bool has_blacklist_change() const noexcept { return blacklist_change_; }
  bool take_blacklist_change() noexcept { return blacklist_change_.exchange(false); }

  /// What the running call said last about its progress; empty: nothing.
  std::string last_progress() const;

 private:
  struct Running {
    Clock::time_point deadline;
    Purpose purpose;
    std::string model;
    std::string progress;
    std::string logged_text;  // of the last progress that was logged
    int logged_tenth = -1;    // likewise
  };

  const std::string loader_name_;
  const std::function<void()> on_blacklist_change_;
  std::atomic<bool> blacklist_change_{false};

  mutable std::mutex mutex_;
  std::optional<Running> running_;         // guarded by mutex_
  bool leaving_ = false;                   // guarded by mutex_
  std::set<std::string> unwanted_models_;  // guarded by mutex_
};

}  // namespace ovserve
