#include "front/http1_session.h"

#include <algorithm>
#include <utility>

#include "front/content_coding.h"
#include "front/guarded_handler.h"
#include "front/http_error_reply.h"
#include "front/http_refusals.h"

namespace ovserve::front {
namespace {

// From this size on it pays to read into the body itself.
constexpr std::size_t kPlaced = 4096;
// A body that nobody wants is read up to this size, so that the connection can be kept.
constexpr std::uint64_t kSkipped = std::uint64_t{256} << 10U;
// More is not worked off while this much waits to be written.
constexpr std::size_t kUnread = std::size_t{256} << 10U;

HttpReply refusal_of(const Http1Parser& parser) { return error_reply(parser.refusal().status, parser.refusal().text); }

}  // namespace

Http1Session::Http1Session(SessionContext& context)
    : context_(context),
      parser_(context.limits().head_bytes, context.limits().head_fields),
      since_(context.loop.now()) {}

std::uint64_t Http1Session::body_left() const noexcept { return content_length_ - body_.size(); }

std::span<char> Http1Session::wanted_place() {
  if (state_ != State::kBody || is_chunked_ || !pending_.empty() || body_left() < kPlaced) return {};
  if (!body_.make_room(std::min<std::uint64_t>(body_left(), EventLoop::kScratch))) return {};
  return body_.tail(body_left());
}

bool Http1Session::wants_input() const {
  if (stalled_) return false;
  return state_ == State::kHead || state_ == State::kBody || state_ == State::kSkip;
}

void Http1Session::receive(std::string_view bytes) {
  if (!pending_.empty()) {
    pending_ += bytes;
    const auto all = std::move(pending_);
    pending_.clear();
    pending_ = all.substr(work_off(all));
  } else {
    const std::size_t used = work_off(bytes);
    pending_.assign(bytes.substr(used));
  }
}

void Http1Session::produce() {
  if (goes_on_ && slot_) slot_->note_unsent(context_.output.size());
  if (std::exchange(stalled_, false)) receive({});
}

// Works off what it can; returns how much of `bytes` is used.
std::size_t Http1Session::work_off(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    if (context_.output.size() >= kUnread) {
      stalled_ = true;
      break;
    }
    const std::string_view rest = bytes.substr(used);
    std::size_t step = 0;
    switch (state_) {
      case State::kHead:
        step = read_head(rest);
        break;
      case State::kBody:
      case State::kSkip:
        step = is_chunked_ ? read_chunks(rest) : read_body(rest);
        break;
      case State::kWaiting:
        return used;
      case State::kFinished:
        return bytes.size();
    }
    used += step;
    if (step == 0 && state_ != State::kFinished) break;
  }
  return used;
}

std::size_t Http1Session::read_head(std::string_view bytes) {
  std::size_t blank = 0;
  if (!head_begun_) {
    // Empty lines before a request are passed over (RFC 9112, 2.2).
    blank = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
    if (blank == bytes.size()) return blank;
    head_begun_ = true;
    since_ = context_.loop.now();
    parser_.start();
  }
  std::size_t taken = 0;
  const auto state = parser_.parse_head(bytes.substr(blank), taken);
  if (state == Http1Parser::State::kDone) {
    begin_request();
  } else if (state == Http1Parser::State::kRefused) {
    refuse(refusal_of(parser_));
  } else if (bytes.size() - blank - taken > context_.limits().head_bytes) {
    refuse(error_reply(431, too_large_head_text(context_.limits().head_bytes)));
  }
  return blank + taken;
}

void Http1Session::begin_request() {
  Http1Head& head = parser_.head();
  head_begun_ = false;
  since_ = context_.loop.now();
  is_head_request_ = head.method == "HEAD";
  is_http11_ = head.is_http11;
  is_chunked_ = head.is_chunked;
  content_length_ = head.content_length;
  closing_ = closing_ || !head.keep_alive;
  const bool expects_continue = head.expects_continue && is_http11_;
  head_ = CallHead{Protocol::kHttp, std::move(head.method), std::move(head.target), std::move(head.headers), {},
                   context_.peer};
  if (!context_.protocols.http) {
    refuse(error_reply(400, "This port is for gRPC alone, which is HTTP/2."));
    return;
  }
  Admission admission = admit(context_.server.handler, head_);
  const bool refused = admission.kind == Admission::Kind::kRefuse;
  const bool has_body = is_chunked_ || content_length_ > 0;
  if (refused && has_body && (expects_continue || is_chunked_ || content_length_ > kSkipped)) {
    closing_ = true;
    write(std::get<HttpReply>(admission.refusal));
    return;
  }
  begin_body(std::move(admission));
  if (expects_continue && has_body && state_ == State::kBody) {
    context_.output.append_copy("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

void Http1Session::begin_body(Admission admission) {
  if (admission.kind == Admission::Kind::kRefuse) {
    refusal_ = std::get<HttpReply>(std::move(admission.refusal));
    skipped_ = 0;
    state_ = State::kSkip;
    if (content_length_ == 0) write(refusal_);
    return;
  }
  body_limit_ = std::min(admission.body_limit, context_.limits().body_bytes);
  body_ = Body(context_.share);
  state_ = State::kBody;
  const ContentCoding coding = content_coding(head_.headers);
  is_compressed_ = coding == ContentCoding::kCompressed;
  if (coding == ContentCoding::kUnknown) {
    refuse(has_unknown_coding(head_.header(kContentEncoding)));
  } else if (content_length_ > body_limit_) {
    refuse(has_too_much(body_limit_));
  } else if (is_chunked_) {
    parser_.limit_body(body_limit_);
  } else if (!body_.expect(content_length_)) {
    refuse(has_no_memory());
  } else if (content_length_ == 0) {
    dispatch();
  }
}

std::size_t Http1Session::read_body(std::string_view bytes) {
  if (state_ == State::kSkip) {
    const auto part = std::min<std::uint64_t>(bytes.size(), content_length_ - skipped_);
    skipped_ += part;
    if (skipped_ == content_length_) write(refusal_);
    return part;
  }
  const std::string_view part = bytes.substr(0, body_left());
  // What was read into its place only has to be noted.
  const bool in_place = part.data() == body_.data() + body_.size();
  if (!(in_place ? body_.commit(part.size()) : body_.append(part))) {
    refuse(has_no_memory());
  } else if (body_left() == 0) {
    dispatch();
  }
  return part.size();
}

std::size_t Http1Session::read_chunks(std::string_view bytes) {
  std::size_t taken = 0;
  const auto state = parser_.parse_chunks(bytes, taken, [this](std::string_view part) { return body_.append(part); });
  if (state == Http1Parser::State::kRefused) {
    refuse(parser_.is_refused_by_sink() ? has_no_memory() : refusal_of(parser_));
  } else if (state == Http1Parser::State::kDone) {
    dispatch();
  } else if (bytes.size() - taken > context_.limits().head_bytes) {
    refuse(error_reply(431, "The trailer of the request is too large."));
  }
  return taken;
}

void Http1Session::dispatch() {
  state_ = State::kWaiting;
  slot_ = std::make_shared<CallSlot>(context_.loop.mailbox(), static_cast<CallTarget&>(*this), context_.running);
  if (is_compressed_) {
    slot_->inflate(context_.server.inflater, std::move(body_), body_limit_, context_.share);
  } else {
    give(std::move(body_));
  }
}

void Http1Session::on_inflated(InflateResult result, Body plain) {
  if (result == InflateResult::kOk) {
    forget_coding(head_.headers);
    give(std::move(plain));
  } else {
    on_reply(cannot_be_inflated(result, body_limit_), false);
  }
}

void Http1Session::give(Body body) {
  const auto slot = slot_;
  Call call{std::move(head_), std::move(body), slot->cancelled()};
  handle(context_.server.handler, std::move(call), Responder(slot, Protocol::kHttp));
}

void Http1Session::on_begin(const HttpReply& reply) {
  if (std::exchange(goes_on_, true)) return;
  if (!is_http11_) closing_ = true;
  write_http1_reply(reply, form(), context_.limits().small_reply_bytes, context_.output);
  context_.wake();
}

void Http1Session::on_send(Message message) {
  if (!goes_on_) return;
  write_http1_piece(message.bytes, form(), context_.limits().small_reply_bytes, context_.output);
  slot_->note_unsent(context_.output.size());
  context_.wake();
}

void Http1Session::on_reply(Reply reply, bool /*compressed*/) {
  std::exchange(slot_, nullptr)->detach();
  const auto* http = std::get_if<HttpReply>(&reply);
  if (goes_on_) {
    // Without its end the client knows that the answer is not complete.
    const bool is_complete = http != nullptr && http->status == 200;
    if (is_complete) write_http1_end(form(), context_.output);
    closing_ = closing_ || !is_complete;
    goes_on_ = false;
    end_reply();
  } else if (http != nullptr) {
    write(*http);
  } else {
    write(has_wrong_answer());
  }
}

void Http1Session::refuse(const HttpReply& reply) {
  closing_ = true;
  write(reply);
}

void Http1Session::write(const HttpReply& reply) {
  write_http1_reply(reply, form(), context_.limits().small_reply_bytes, context_.output);
  end_reply();
}

Http1ReplyForm Http1Session::form() const noexcept { return {is_http11_, closing_, is_head_request_, goes_on_}; }

void Http1Session::end_reply() {
  state_ = closing_ ? State::kFinished : State::kHead;
  stalled_ = !pending_.empty();
  is_head_request_ = false;
  since_ = context_.loop.now();
  body_ = {};
  context_.wake();
}

void Http1Session::end_of_input() {
  closing_ = true;
  if (state_ == State::kWaiting) {
    slot_->cancel();
  } else {
    state_ = State::kFinished;
  }
}

void Http1Session::check_time(Clock::time_point now) {
  const Limits& limits = context_.limits();
  switch (state_) {
    case State::kHead:
      if (head_begun_) {
        if (now - since_ >= limits.head_timeout) refuse(error_reply(408, "The head of the request took too long."));
      } else if (now - since_ >= limits.http1_idle_timeout) {
        state_ = State::kFinished;
      }
      return;
    case State::kBody:
    case State::kSkip: {
      const std::chrono::seconds allowed(body_.size() / limits.body_bytes_per_second);
      if (now - since_ >= limits.body_timeout + allowed)
        refuse(error_reply(408, "The body of the request took too long."));
      return;
    }
    case State::kWaiting:
    case State::kFinished:
      return;
  }
}

void Http1Session::drain() {
  closing_ = true;
  if (state_ == State::kHead && !head_begun_ && pending_.empty()) state_ = State::kFinished;
}

void Http1Session::abandon() {
  if (slot_) std::exchange(slot_, nullptr)->abandon();
  state_ = State::kFinished;
}

}  // namespace ovserve::front
