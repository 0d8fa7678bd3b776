#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <variant>

#include "front/call.h"
#include "front/file_descriptor.h"
#include "front/responder.h"
#include "front/stream_sender.h"

namespace ovserve {

/// One message of a gRPC stream, whose answer is awaited before the next message is taken. Going away without
/// an answer is answered as an internal error.
class StreamTurn {
 public:
  using Answer = std::function<void(front::GrpcReply)>;

  explicit StreamTurn(Answer answer) noexcept : answer_(std::move(answer)) {}
  ~StreamTurn();
  StreamTurn(StreamTurn&& other) noexcept : answer_(std::exchange(other.answer_, nullptr)) {}
  StreamTurn& operator=(StreamTurn&&) = delete;
  StreamTurn(const StreamTurn&) = delete;
  StreamTurn& operator=(const StreamTurn&) = delete;

  /// The first answer counts. Another code than kOk ends the stream.
  void reply(front::GrpcReply reply);

 private:
  Answer answer_;
};

/// One call and the one who waits for its answer: a whole call, a gRPC call with an answer in many messages, or a
/// message of a stream.
struct PassedCall {
  front::Call call;
  std::variant<front::Responder, front::StreamSender, StreamTurn> asker;

  void reply(front::GrpcReply reply);
  /// Of an HTTP request.
  void reply(front::HttpReply reply);
  /// An HTTP answer in pieces: its head with the first bytes; end() comes last.
  void begin(front::HttpReply reply);
  /// One message of a gRPC answer in many, which reply() ends, or more of an HTTP answer in pieces.
  void send(ByteChain bytes);
  /// Of an HTTP answer in pieces; one that is not complete is cut off.
  void end(bool complete);
  /// Bytes that were sent and that the client has not taken.
  std::size_t backlog() const noexcept;
  /// Nobody answers it: 503, or UNAVAILABLE.
  void refuse(std::string_view why);
};

/// Where calls wait that somebody else answers: all routes that the core does not know. Thread-safe.
class Passage {
 public:
  /// Throws Error if there is no descriptor left.
  Passage();

  /// Answers with 503, or UNAVAILABLE, when too many wait, or nobody answers any more.
  void pass(PassedCall call);

  /// The next call, in the order in which they came; null after `timeout` and after close().
  std::unique_ptr<PassedCall> next(std::chrono::milliseconds timeout);

  /// Readable while calls wait, for those who sleep on several things at once; next() with no timeout then
  /// takes them until it gives none. Lives as long as the passage.
  int descriptor() const noexcept { return wake_.get(); }

  /// Nobody answers any more: those who wait get the same.
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
