#include "gateway/passage.h"

#include <utility>

#include "gateway/replies.h"

namespace ovserve {

void Passage::pass(PassedCall call) {
  const char* refusal = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      refusal = "the server is stopping";
    } else if (waiting_.size() >= kMostWaiting) {
      refusal = "too many requests are waiting; try again later";
    } else {
      waiting_.push_back(std::move(call));
    }
  }
  if (refusal != nullptr) return call.responder.reply(http_error(503, refusal));
  changed_.notify_one();
}

std::unique_ptr<PassedCall> Passage::next(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [this] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) return nullptr;
  auto call = std::make_unique<PassedCall>(std::move(waiting_.front()));
  waiting_.pop_front();
  return call;
}

void Passage::close() {
  std::deque<PassedCall> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    left.swap(waiting_);
  }
  changed_.notify_all();
  for (const PassedCall& call : left) call.responder.reply(http_error(503, "the server is stopping"));
}

bool Passage::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace ovserve
