#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>

#include "front/call.h"
#include "front/call_slot.h"
#include "front/exchange.h"
#include "front/grpc_head.h"
#include "front/grpc_message_reader.h"
#include "front/timer_queue.h"

namespace ovserve::front {

class Http2Stream;

/// What unary calls and streams of gRPC have in common: the messages of the client, the deadline and
/// the end.
class GrpcExchange : public Exchange, protected CallTarget {
 public:
  GrpcExchange(Http2Stream& stream, const CallHead& head, const GrpcHead& grpc, std::size_t limit);

  std::span<char> wanted_place(std::size_t size) override;
  void abandon() override;

 protected:
  /// The slot through which the handler answers; made with the call.
  const std::shared_ptr<CallSlot>& make_slot();
  const std::shared_ptr<CallSlot>& slot() const noexcept { return slot_; }

  /// Has the message decompressed, which on_message() then gets; the slot must have been made.
  void decompress(Body message);
  virtual void on_message(Body message) = 0;

  /// Ends the call instead if the message is larger than allowed.
  void send(Message message, bool name_gzip);
  /// Ends the call. The handler's work is told to stop unless it was its own answer.
  void end(const GrpcReply& reply);
  void fail(const GrpcReply& reply);

  /// Ends the call if a message takes too long, of which the first byte was awaited since `since`.
  void check_message_time(Clock::time_point now, Clock::time_point since, std::size_t arrived);

  void on_inflated(InflateResult result, Body plain) override;

  bool is_over() const noexcept { return over_; }
  bool compresses() const noexcept { return compress_; }
  Http2Stream& stream() noexcept { return stream_; }
  GrpcMessageReader& reader() noexcept { return reader_; }

 private:
  Http2Stream& stream_;
  const std::size_t limit_;
  const bool compress_;
  GrpcMessageReader reader_;
  Timer deadline_;
  std::shared_ptr<CallSlot> slot_;
  bool over_ = false;
};

}  // namespace ovserve::front
