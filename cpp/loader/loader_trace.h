#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ovserve {

/// One call into a loader, or several blacklist questions about one version in a row that got the same answer.
struct TracedCall {
  std::string loader;
  std::string library;
  std::string function;      ///< as the C++ interface names it, whatever the loader is written in
  std::string model;         ///< empty: the loader itself
  std::int64_t version = 0;  ///< 0: none
  std::string arguments;     ///< those that are not told above, short; never the options, which may hold secrets
  int thread = 0;            ///< as the kernel numbers it
  std::chrono::system_clock::time_point start;  ///< of the first call
  std::chrono::nanoseconds duration{};          ///< of the last call; so far, if it is running
  bool running = false;
  std::string result;       ///< "OK", "MODEL_BLACKLISTED" or the cause; "running"
  std::uint64_t count = 1;  ///< how many calls this stands for
  std::chrono::system_clock::time_point last_start;
};

/// The last calls into loaders, for people who want to see what the server calls when. Thread-safe.
class LoaderTrace {
 public:
  static constexpr std::size_t kCapacity = 1000;

  explicit LoaderTrace(std::size_t capacity = kCapacity) : capacity_(capacity) {}

  /// Notes that a call begins on this thread; gives the number with which it ends. Texts are cut to a few hundred
  /// bytes.
  std::uint64_t begin(TracedCall call);
  void end(std::uint64_t number, const std::string& result);

  /// In the order in which they began, those that run included.
  std::vector<TracedCall> calls() const;

 private:
  struct Running {
    TracedCall call;
    std::chrono::steady_clock::time_point started;
  };

  TracedCall* same_question_locked(const TracedCall& call);

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<TracedCall> ended_;              // guarded by mutex_; in the order in which they ended
  std::map<std::uint64_t, Running> running_;  // guarded by mutex_
  std::uint64_t last_ = 0;                    // guarded by mutex_
};

}  // namespace ovserve
