#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string_view>

#include "front/call_handler.h"
#include "front/grpc_exchange.h"

namespace ovserve::front {

/// A gRPC stream: messages in both directions. The client may send ahead what fits the window of the
/// stream; the receiver gets one message at a time. What waits is cut into messages a few ahead, since
/// many small ones take far more memory cut than they do as they came.
class GrpcStreamExchange final : public GrpcExchange {
 public:
  GrpcStreamExchange(Http2Stream& stream, CallHead head, const GrpcHead& grpc, std::size_t limit);

  std::span<char> wanted_place(std::size_t size) override;
  void receive(std::string_view bytes) override;
  void end_of_request() override;
  void on_all_sent() override;
  void check_time(Clock::time_point now) override;

 private:
  struct Arrived {
    Body body;
    bool compressed;
  };

  void on_reply(Reply reply, bool compressed) override;
  void on_send(Message message) override;
  void on_next() override;
  void on_message(Body message) override;
  std::size_t cut(std::string_view bytes);
  void cut_uncut();
  void deliver();
  bool may_deliver();

  std::unique_ptr<StreamReceiver> receiver_;
  std::deque<Arrived> arrived_;
  Body uncut_;                 // what came behind them
  std::size_t cut_ = 0;        // bytes of uncut_ that are cut now
  std::size_t ungranted_ = 0;  // received, and not given back to the client's window
  bool wanted_ = true;         // the next message
  bool inflating_ = false;     // the next message is being decompressed
  bool delivering_ = false;
  bool request_ended_ = false;
  bool half_close_told_ = false;
  Clock::time_point message_since_;
};

}  // namespace ovserve::front
