#include "front/http_exchange.h"

#include <charconv>
#include <string>
#include <utility>

#include "front/guarded_handler.h"
#include "front/http2_reply.h"
#include "front/http2_stream.h"
#include "front/http_text_reply.h"

namespace ovserve::front {
namespace {

// The announced size, which nghttp2 has checked and holds the client to.
std::size_t announced_size(const CallHead& head) {
  const std::string_view text = head.header("content-length");
  std::size_t size = 0;
  std::from_chars(text.data(), text.data() + text.size(), size);
  return size;
}

}  // namespace

HttpExchange::HttpExchange(Http2Stream& stream, CallHead head, std::size_t limit)
    : stream_(stream),
      head_(std::move(head)),
      limit_(limit),
      without_body_(head_.method == "HEAD"),
      begun_(stream.context().loop.now()),
      body_(stream.context().share) {
  const std::size_t size = announced_size(head_);
  if (size > limit_) {
    refuse(413, "The body of the request has " + std::to_string(size) + " bytes, at most " + std::to_string(limit_) +
                    " are allowed.");
  } else if (!body_.expect(size)) {
    refuse(503, "There is no memory for the body of the request.");
  }
}

std::span<char> HttpExchange::wanted_place(std::size_t size) {
  if (answered_ || body_.size() + size > limit_ || !body_.make_room(size)) return {};
  return body_.tail(size);
}

void HttpExchange::receive(std::string_view bytes) {
  stream_.grant(bytes.size());
  if (answered_) return;
  if (bytes.size() > limit_ - body_.size()) {
    refuse(413, "The body of the request has more than " + std::to_string(limit_) + " bytes.");
    return;
  }
  const bool in_place = bytes.data() == body_.data() + body_.size();
  if (!(in_place ? body_.commit(bytes.size()) : body_.append(bytes))) {
    refuse(503, "The server holds as many requests as its memory allows; try again.");
  }
}

void HttpExchange::end_of_request() {
  if (answered_) return;
  SessionContext& context = stream_.context();
  slot_ = std::make_shared<CallSlot>(context.loop.mailbox(), static_cast<CallTarget&>(*this), context.running);
  Call call{std::move(head_), std::move(body_), slot_->cancelled()};
  handle(context.handler, std::move(call), Responder(slot_, Protocol::kHttp));
}

void HttpExchange::on_reply(Reply reply, bool /*compressed*/) {
  std::exchange(slot_, nullptr)->detach();
  answered_ = true;
  auto* http = std::get_if<HttpReply>(&reply);
  send_http2_reply(stream_, http != nullptr ? std::move(*http) : text_reply(500, "The handler answered with gRPC."),
                   without_body_);
}

void HttpExchange::refuse(int status, std::string_view text) {
  answered_ = true;
  body_ = {};
  send_http2_reply(stream_, text_reply(status, text), without_body_);
}

void HttpExchange::abandon() {
  answered_ = true;
  if (slot_) std::exchange(slot_, nullptr)->abandon();
}

void HttpExchange::check_time(Clock::time_point now) {
  const Limits& limits = stream_.context().options.limits;
  const std::chrono::seconds allowed(body_.size() / limits.body_bytes_per_second);
  if (!answered_ && now - begun_ >= limits.body_timeout + allowed)
    refuse(408, "The body of the request took too long.");
}

}  // namespace ovserve::front
