#include "front/http_exchange.h"

#include <nghttp2/nghttp2.h>

#include <charconv>
#include <utility>

#include "front/content_coding.h"
#include "front/guarded_handler.h"
#include "front/http2_reply.h"
#include "front/http2_stream.h"
#include "front/http_error_reply.h"
#include "front/http_refusals.h"

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
  const ContentCoding coding = content_coding(head_.headers);
  compressed_ = coding == ContentCoding::kCompressed;
  if (coding == ContentCoding::kUnknown) {
    answer(has_unknown_coding(head_.header(kContentEncoding)));
  } else if (size > limit_) {
    answer(has_too_much(limit_));
  } else if (!body_.expect(size)) {
    answer(has_no_memory());
  }
}

std::span<char> HttpExchange::wanted_place(std::size_t size) {
  if (answered_ || size > limit_ - body_.size() || !body_.make_room(size)) return {};
  return body_.tail(size);
}

void HttpExchange::receive(std::string_view bytes) {
  stream_.grant(bytes.size());
  if (answered_) return;
  if (bytes.size() > limit_ - body_.size()) {
    answer(has_too_much(limit_));
    return;
  }
  const bool in_place = bytes.data() == body_.data() + body_.size();
  if (!(in_place ? body_.commit(bytes.size()) : body_.append(bytes))) answer(has_no_memory());
}

void HttpExchange::end_of_request() {
  if (answered_) return;
  SessionContext& context = stream_.context();
  slot_ = std::make_shared<CallSlot>(context.loop.mailbox(), static_cast<CallTarget&>(*this), context.running);
  if (compressed_) {
    slot_->inflate(context.server.inflater, std::move(body_), limit_, context.share);
  } else {
    give(std::move(body_));
  }
}

void HttpExchange::on_inflated(InflateResult result, Body plain) {
  if (result == InflateResult::kOk) {
    forget_coding(head_.headers);
    give(std::move(plain));
  } else {
    on_reply(cannot_be_inflated(result, limit_), false);
  }
}

void HttpExchange::give(Body body) {
  const auto slot = slot_;
  Call call{std::move(head_), std::move(body), slot->cancelled()};
  handle(stream_.context().server.handler, std::move(call), Responder(slot, Protocol::kHttp));
}

void HttpExchange::on_begin(const HttpReply& reply) {
  if (std::exchange(answered_, true)) return;
  goes_on_ = begin_http2_reply(stream_, reply, without_body_);
}

void HttpExchange::on_send(Message message) {
  if (!goes_on_) return;
  stream_.send({}, std::move(message.bytes));
  slot_->note_unsent(stream_.unsent());
  stream_.tell_when_sent();
}

void HttpExchange::on_all_sent() {
  if (slot_) slot_->note_unsent(0);
}

void HttpExchange::on_reply(Reply reply, bool /*compressed*/) {
  std::exchange(slot_, nullptr)->detach();
  auto* http = std::get_if<HttpReply>(&reply);
  if (answered_) {
    if (!std::exchange(goes_on_, false)) return;
    // Without its end the client knows that the answer is not complete.
    return http != nullptr && http->status == 200 ? stream_.finish({}) : stream_.reset(NGHTTP2_INTERNAL_ERROR);
  }
  answer(http != nullptr ? std::move(*http) : has_wrong_answer());
}

void HttpExchange::answer(HttpReply reply) {
  answered_ = true;
  body_ = {};
  send_http2_reply(stream_, std::move(reply), without_body_);
}

void HttpExchange::abandon() {
  answered_ = true;
  if (slot_) std::exchange(slot_, nullptr)->abandon();
}

void HttpExchange::check_time(Clock::time_point now) {
  const Limits& limits = stream_.context().limits();
  const std::chrono::seconds allowed(body_.size() / limits.body_bytes_per_second);
  if (answered_ || now - begun_ < limits.body_timeout + allowed) return;
  answer(error_reply(408, "The body of the request took too long."));
}

}  // namespace ovserve::front
