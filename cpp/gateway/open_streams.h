#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace ovserve {

/// The streams of one kind that are open, so that all of them can be told something. Thread-safe.
/// Those that their owners let go of are forgotten.
template <typename Stream>
class OpenStreams {
 public:
  enum class Added { kYes, kTooMany, kClosed };

  /// `most`: that may be open at a time.
  explicit OpenStreams(std::size_t most = std::numeric_limits<std::size_t>::max()) : most_(most) {}

  Added add(const std::shared_ptr<Stream>& stream) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Added::kClosed;
    // Not each time, which would make many streams expensive.
    if (streams_.size() >= std::min(look_at_, most_)) forget_gone();
    if (streams_.size() >= most_) return Added::kTooMany;
    streams_.push_back(stream);
    return Added::kYes;
  }

  /// Calls `tell` without holding the lock.
  template <typename Tell>
  void for_each(Tell tell) {
    const auto open = all_open();
    std::for_each(open.begin(), open.end(), [&tell](const std::shared_ptr<Stream>& stream) { tell(*stream); });
  }

  /// The same for the last time: no stream is added any more.
  template <typename Tell>
  void close(Tell tell) {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    for_each(tell);
  }

 private:
  static constexpr std::size_t kLookAtLeast = 64;

  void forget_gone() {
    std::erase_if(streams_, [](const std::weak_ptr<Stream>& entry) { return entry.expired(); });
    look_at_ = std::max(kLookAtLeast, 2 * streams_.size());
  }

  std::vector<std::shared_ptr<Stream>> all_open() {
    std::vector<std::shared_ptr<Stream>> open;
    const std::lock_guard lock(mutex_);
    for (const std::weak_ptr<Stream>& entry : streams_) {
      if (auto stream = entry.lock()) open.push_back(std::move(stream));
    }
    return open;
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<Stream>> streams_;  // guarded by mutex_
  std::size_t look_at_ = kLookAtLeast;          // guarded by mutex_; so many are looked through for those that are gone
  bool closed_ = false;                         // guarded by mutex_
};

}  // namespace ovserve
