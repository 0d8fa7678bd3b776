#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "front/call_slot.h"
#include "front/http1_parser.h"
#include "front/http1_reply.h"
#include "front/session.h"
#include "front/session_context.h"

namespace ovserve::front {

/// HTTP/1.0 and HTTP/1.1 on one connection: one request after another. What a client sends ahead
/// waits until the answer before it has been given.
class Http1Session final : public Session, private CallTarget {
 public:
  explicit Http1Session(SessionContext& context);

  std::span<char> wanted_place() override;
  void receive(std::string_view bytes) override;
  bool wants_input() const override;
  void end_of_input() override;
  void produce() override;
  void check_time(Clock::time_point now) override;
  void drain() override;
  bool awaits_requests() const override { return state_ != State::kWaiting; }
  bool is_finished() const override { return state_ == State::kFinished; }
  void abandon() override;

 private:
  enum class State {
    kHead,     // of the next request, or idle
    kBody,     // of a request that the handler will get
    kSkip,     // a body that nobody wants; `refusal_` is the answer
    kWaiting,  // for the handler's answer
    kFinished,
  };

  void on_reply(Reply reply, bool compressed) override;
  void on_begin(const HttpReply& reply) override;
  void on_send(Message message) override;
  void on_next() override {}
  void on_inflated(InflateResult result, Body plain) override;

  std::size_t work_off(std::string_view bytes);
  std::size_t read_head(std::string_view bytes);
  std::size_t read_body(std::string_view bytes);
  std::size_t read_chunks(std::string_view bytes);
  void begin_request();
  void begin_body(Admission admission);
  void dispatch();
  void give(Body body);
  void refuse(const HttpReply& reply);
  void write(const HttpReply& reply);
  void end_reply();
  Http1ReplyForm form() const noexcept;
  std::uint64_t body_left() const noexcept;

  SessionContext& context_;
  Http1Parser parser_;
  State state_ = State::kHead;
  std::string pending_;   // arrived, not used yet
  bool stalled_ = false;  // of which something could be used
  bool head_begun_ = false;
  bool closing_ = false;  // after the next answer
  bool is_head_request_ = false;
  bool is_http11_ = false;
  bool goes_on_ = false;     // the answer has begun
  Clock::time_point since_;  // of the head's or body's first byte, or of the last answer

  CallHead head_;
  Body body_;
  HttpReply refusal_;
  bool is_chunked_ = false;
  bool is_compressed_ = false;
  std::uint64_t content_length_ = 0;
  std::uint64_t body_limit_ = 0;
  std::uint64_t skipped_ = 0;
  std::shared_ptr<CallSlot> slot_;
};

}  // namespace ovserve::front
