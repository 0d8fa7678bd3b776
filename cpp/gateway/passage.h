#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "front/call.h"
#include "front/file_descriptor.h"
#include "front/responder.h"

namespace ovserve {

/// One call and the one who waits for its answer.
struct PassedCall {
  front::Call call;
  front::Responder responder;
};

/// Where calls wait that somebody else answers: all routes that the core does not know. Thread-safe.
class Passage {
 public:
  /// Throws Error if there is no descriptor left.
  Passage();

  /// Answers with 503 when too many wait, or nobody answers any more.
  void pass(PassedCall call);

  /// The next call, in the order in which they came; null after `timeout` and after close().
  std::unique_ptr<PassedCall> next(std::chrono::milliseconds timeout);

  /// Readable while calls wait, for those who sleep on several things at once; next() with no timeout then
  /// takes them until it gives none. Lives as long as the passage.
  int descriptor() const noexcept { return wake_.get(); }

  /// Nobody answers any more: those who wait get 503.
  void close();
  bool closed() const;

 private:
  static constexpr std::size_t kMostWaiting = 4096;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  void clear_wake() const noexcept;

  front::FileDescriptor wake_;      // an eventfd: written when the first call comes, read when none is left
  std::deque<PassedCall> waiting_;  // guarded by mutex_
  bool closed_ = false;             // guarded by mutex_
};

}  // namespace ovserve
