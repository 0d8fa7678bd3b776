#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "front/grpc_exchange.h"

namespace ovserve::front {

/// A gRPC call with one message in and one out.
class GrpcUnaryExchange final : public GrpcExchange {
 public:
  GrpcUnaryExchange(Http2Stream& stream, CallHead head, const GrpcHead& grpc, std::size_t limit);

  void receive(std::string_view bytes) override;
  void end_of_request() override;
  void check_time(Clock::time_point now) override;

 private:
  void on_reply(Reply reply, bool compressed) override;
  void on_send(Message /*message*/) override {}
  void on_next() override {}
  void on_message(Body message) override;

  CallHead head_;
  std::shared_ptr<CallSlot> call_;  // until the handler has it
  const Clock::time_point begun_;
};

}  // namespace ovserve::front
