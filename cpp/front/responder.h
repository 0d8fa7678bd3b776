#pragma once

#include <memory>
#include <utility>

#include "front/call_slot.h"

namespace ovserve::front {

/// The one answer of a unary call. reply() may be called from any thread; the first one counts, and
/// nothing happens if nobody waits for it any more. Going away without an answer is answered as an
/// internal error.
class Responder {
 public:
  Responder(std::shared_ptr<CallSlot> slot, Protocol protocol) : slot_(std::move(slot)), protocol_(protocol) {}
  ~Responder();
  Responder(Responder&& other) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  /// The kind of reply must be that of the call's protocol.
  void reply(GrpcReply reply) const { slot_->reply(std::move(reply)); }
  void reply(HttpReply reply) const { slot_->reply(std::move(reply)); }

  /// An HTTP reply in pieces: its head with the first bytes, then more of them, then the end. An end that is not
  /// complete is seen by the client, whose connection or stream ends amid the body.
  void begin(HttpReply reply) const { slot_->begin(std::move(reply)); }
  void send(ByteChain bytes) const { slot_->send(std::move(bytes)); }
  void end(bool complete) const;
  /// Bytes that were sent and that the client has not taken.
  std::size_t backlog() const noexcept { return slot_->backlog(); }

 private:
  std::shared_ptr<CallSlot> slot_;
  Protocol protocol_;
};

}  // namespace ovserve::front
