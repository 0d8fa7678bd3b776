#pragma once

#include <algorithm>
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
  void add(const std::shared_ptr<Stream>& stream) {
    const std::lock_guard lock(mutex_);
    std::erase_if(streams_, [](const std::weak_ptr<Stream>& entry) { return entry.expired(); });
    streams_.push_back(stream);
  }

  /// Calls `tell` without holding the lock.
  template <typename Tell>
  void for_each(Tell tell) {
    std::vector<std::shared_ptr<Stream>> open;
    {
      const std::lock_guard lock(mutex_);
      for (const std::weak_ptr<Stream>& entry : streams_) {
        if (auto stream = entry.lock()) open.push_back(std::move(stream));
      }
    }
    std::for_each(open.begin(), open.end(), [&tell](const std::shared_ptr<Stream>& stream) { tell(*stream); });
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Stream>> streams_;  // guarded by mutex_
};

}  // namespace ovserve
