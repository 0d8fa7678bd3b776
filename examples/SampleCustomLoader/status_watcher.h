#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

/// How often and in what way the watcher looks.
struct WatchSettings {
  std::chrono::duration<double> check_period{10};
  bool check_at_each_question = false;     ///< do not wait for the next period to notice a change
  std::chrono::duration<double> cycle{0};  ///< take every model out after so long, back after as long again; 0: never
};

/// Knows which model versions must not be served, and keeps looking on a thread of its own.
///
/// A version that was once watched stays watched, loaded or not: only so can the server learn that a
/// version it unloaded may come back. `forget` ends it. All functions may be called from any thread.
class StatusWatcher {
 public:
  ~StatusWatcher() { stop(); }

  void start(const WatchSettings& settings);

  /// Returns when the thread is gone, which takes no longer than one look at the files.
  void stop();

  /// Watches a version from now on. `status_file` may be empty: there is no such file then.
  /// Returns whether the version must not be served right now.
  bool watch(const std::string& model, int version, std::filesystem::path status_file);

  /// Whether the version must not be served; false for one that is not watched.
  bool is_blacklisted(const std::string& model, int version);

  /// Ends the watch of all versions of a model.
  void forget(const std::string& model);

 private:
  using Clock = std::chrono::steady_clock;

  struct Watched {
    std::filesystem::path status_file;
    Clock::time_point since;
    bool disabled = false;  // what the status file said when it was last looked at
  };

  void run();
  bool must_not_serve(const Watched& watched) const;  // mutex_ held

  std::mutex mutex_;
  std::condition_variable stop_requested_;
  WatchSettings settings_;                                  // guarded by mutex_
  bool stopping_ = false;                                   // guarded by mutex_
  std::map<std::pair<std::string, int>, Watched> watched_;  // guarded by mutex_
  std::thread thread_;
};
