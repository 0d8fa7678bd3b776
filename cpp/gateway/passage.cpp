#include "gateway/passage.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>

#include "base/error.h"
#include "gateway/replies.h"

namespace ovserve {

StreamTurn::~StreamTurn() { reply({front::GrpcCode::kInternal, "The server has not answered a message.", {}}); }

void StreamTurn::reply(front::GrpcReply reply) {
  if (const Answer answer = std::exchange(answer_, nullptr)) answer(std::move(reply));
}

void PassedCall::reply(front::GrpcReply reply) {
  if (const auto* whole = std::get_if<front::Responder>(&asker)) {
    whole->reply(std::move(reply));
  } else if (const auto* stream = std::get_if<front::StreamSender>(&asker)) {
    stream->finish(reply.code, std::move(reply.message));
  } else {
    std::get<StreamTurn>(asker).reply(std::move(reply));
  }
}

void PassedCall::reply(front::HttpReply reply) { std::get<front::Responder>(asker).reply(std::move(reply)); }

void PassedCall::begin(front::HttpReply reply) { std::get<front::Responder>(asker).begin(std::move(reply)); }

void PassedCall::send(ByteChain bytes) {
  if (const auto* whole = std::get_if<front::Responder>(&asker)) {
    whole->send(std::move(bytes));
  } else {
    std::get<front::StreamSender>(asker).send(std::move(bytes));
  }
}

void PassedCall::end(bool complete) { std::get<front::Responder>(asker).end(complete); }

std::size_t PassedCall::backlog() const noexcept {
  if (const auto* whole = std::get_if<front::Responder>(&asker)) return whole->backlog();
  const auto* stream = std::get_if<front::StreamSender>(&asker);
  return stream != nullptr ? stream->backlog() : 0;
}

void PassedCall::refuse(std::string_view why) {
  if (call.head.protocol == front::Protocol::kHttp) return reply(http_error(503, why));
  reply(front::GrpcReply{front::GrpcCode::kUnavailable, std::string(why), {}});
}

Passage::Passage() : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!wake_)
    throw Error(ErrorCode::kUnavailable, "no file descriptor is left for the REST requests that are passed on");
}

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
      if (waiting_.size() == 1) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);  // cannot fail: it is cleared
      }
    }
  }
  // A call that is refused has not been moved.
  if (refusal != nullptr) return call.refuse(refusal);  // NOLINT(bugprone-use-after-move)
  changed_.notify_one();
}

std::unique_ptr<PassedCall> Passage::next(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [this] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) return nullptr;
  auto call = std::make_unique<PassedCall>(std::move(waiting_.front()));
  waiting_.pop_front();
  if (waiting_.empty()) clear_wake();
  return call;
}

void Passage::clear_wake() const noexcept {
  std::uint64_t count = 0;
  // It does not block: the descriptor is opened that way.
  // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection)
  [[maybe_unused]] const auto read = ::read(wake_.get(), &count, sizeof count);
}

void Passage::close() {
  std::deque<PassedCall> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    left.swap(waiting_);
    clear_wake();
  }
  changed_.notify_all();
  for (PassedCall& call : left) call.refuse("the server is stopping");
}

bool Passage::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace ovserve
