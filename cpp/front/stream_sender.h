#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "front/call_slot.h"

namespace ovserve::front {

/// The server's side of a gRPC stream. Everything may be called from any thread; messages leave in
/// the order in which they were given. Nothing happens once the call is over. Going away without
/// finish() ends the stream as an internal error.
class StreamSender {
 public:
  explicit StreamSender(std::shared_ptr<CallSlot> slot) : slot_(std::move(slot)) {}
  ~StreamSender();
  StreamSender(StreamSender&& other) noexcept = default;
  StreamSender& operator=(StreamSender&&) = delete;
  StreamSender(const StreamSender&) = delete;
  StreamSender& operator=(const StreamSender&) = delete;

  void send(ByteChain message) const { slot_->send(std::move(message)); }
  /// Bytes that were sent and that the client has not taken.
  std::size_t backlog() const noexcept { return slot_->backlog(); }

  /// Asks for the next message of the client. The first comes without being asked for; each after
  /// it needs one call, and comes no sooner than a slow client has taken what was sent.
  void next() const { slot_->next(); }

  void finish(GrpcCode code, std::string message) const { slot_->reply(GrpcReply{code, std::move(message), {}}); }

  bool is_open() const noexcept { return slot_->is_open(); }

 private:
  std::shared_ptr<CallSlot> slot_;
};

}  // namespace ovserve::front
