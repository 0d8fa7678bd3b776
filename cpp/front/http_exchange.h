#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "front/call.h"
#include "front/call_slot.h"
#include "front/exchange.h"

namespace ovserve::front {

class Http2Stream;

/// An HTTP request on an HTTP/2 stream.
class HttpExchange final : public Exchange, private CallTarget {
 public:
  HttpExchange(Http2Stream& stream, CallHead head, std::size_t limit);

  std::span<char> wanted_place(std::size_t size) override;
  void receive(std::string_view bytes) override;
  void end_of_request() override;
  void abandon() override;
  void check_time(Clock::time_point now) override;
  void on_all_sent() override;

 private:
  void on_reply(Reply reply, bool compressed) override;
  void on_begin(const HttpReply& reply) override;
  void on_send(Message message) override;
  void on_next() override {}
  void on_inflated(InflateResult result, Body plain) override;
  void give(Body body);
  void answer(HttpReply reply);

  Http2Stream& stream_;
  CallHead head_;
  const std::size_t limit_;
  const bool without_body_;
  const Clock::time_point begun_;
  Body body_;
  bool compressed_ = false;
  bool answered_ = false;
  bool goes_on_ = false;  // more of the answer will come
  std::shared_ptr<CallSlot> slot_;
};

}  // namespace ovserve::front
