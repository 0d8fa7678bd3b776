#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "front/call.h"
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
  /// Answers with 503 when too many wait, or nobody answers any more.
  void pass(PassedCall call);

  /// The next call, in the order in which they came; null after `timeout` and after close().
  std::unique_ptr<PassedCall> next(std::chrono::milliseconds timeout);

  /// Nobody answers any more: those who wait get 503.
  void close();
  bool closed() const;

 private:
  static constexpr std::size_t kMostWaiting = 4096;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PassedCall> waiting_;  // guarded by mutex_
  bool closed_ = false;             // guarded by mutex_
};

}  // namespace ovserve
