#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <variant>

#include "base/byte_chain.h"
#include "front/call.h"
#include "front/gzip.h"
#include "front/inflate_thread.h"
#include "front/mailbox.h"

namespace ovserve::front {

using Reply = std::variant<GrpcReply, HttpReply>;

/// The connection's side of a call under way. Everything on the loop's thread.
class CallTarget {
 public:
  /// What is sent as one message, as a call has it ready.
  struct Message {
    ByteChain bytes;
    bool compressed = false;
  };

  virtual ~CallTarget() = default;
  /// The end of the call; comes at most once. `compressed` speaks of a gRPC body.
  virtual void on_reply(Reply reply, bool compressed) = 0;
  /// The head and the first bytes of an HTTP reply that goes on: on_send() brings more, on_reply() its end, which
  /// is none if the status is that of an error.
  virtual void on_begin(const HttpReply& /*reply*/) {}
  /// One message of a stream, or more of an HTTP reply's body.
  virtual void on_send(Message message) = 0;
  /// The receiver wants the next message of a stream.
  virtual void on_next() = 0;
  /// What CallSlot::inflate() came to.
  virtual void on_inflated(InflateResult result, Body plain) = 0;
};

/// What a call under way and those who will answer it share. The call is counted as running until
/// the last of them lets go.
class CallSlot : public std::enable_shared_from_this<CallSlot> {
 public:
  using Counter = std::shared_ptr<std::atomic<std::size_t>>;

  CallSlot(std::shared_ptr<Mailbox> mailbox, CallTarget& target, Counter running);
  ~CallSlot();
  CallSlot(const CallSlot&) = delete;
  CallSlot& operator=(const CallSlot&) = delete;

  /// From any thread; without effect when the call is over. On the loop's thread it happens at once,
  /// unless something is still on its way there.
  void reply(Reply reply);
  void begin(HttpReply reply);
  void send(ByteChain message);
  void next();

  /// From any thread: whether nobody has replied yet and the client is still there.
  bool is_open() const noexcept { return !over_.load(std::memory_order_relaxed); }

  /// From any thread: bytes that were given to send() and that the client has not taken.
  std::size_t backlog() const noexcept {
    return given_.load(std::memory_order_relaxed) + unsent_.load(std::memory_order_relaxed);
  }

  /// On the loop's thread: so much of what was sent waits for the client.
  void note_unsent(std::size_t bytes) noexcept { unsent_.store(bytes, std::memory_order_relaxed); }

  std::stop_token cancelled() const noexcept { return stop_.get_token(); }

  /// On the loop's thread: decompresses what the client sent, at once if it is small, else on another
  /// thread, so that the loop is not held up.
  void inflate(InflateThread& thread, Body compressed, std::size_t limit, const std::shared_ptr<MemoryShare>& share);

  /// On the loop's thread: gRPC bodies are sent compressed.
  void compress_from_now_on() noexcept { compress_ = true; }

  /// On the loop's thread: the client may have gone; an answer is still sent.
  void cancel() { stop_.request_stop(); }

  /// On the loop's thread: the call is over, whatever may still be answered.
  void detach() noexcept;

  /// The same for a call that nobody waits for any more; its work is told to stop.
  void abandon();

 private:
  template <typename Action>
  void on_loop(Action action);

  const std::shared_ptr<Mailbox> mailbox_;
  const Counter running_;
  CallTarget* target_;  // the loop's; null when the call is over
  bool compress_ = false;
  std::stop_source stop_;
  std::atomic<bool> over_{false};
  std::atomic<std::size_t> on_the_way_{0};
  std::atomic<std::size_t> given_{0};   // bytes on the way
  std::atomic<std::size_t> unsent_{0};  // bytes that have arrived on the loop
};

}  // namespace ovserve::front
