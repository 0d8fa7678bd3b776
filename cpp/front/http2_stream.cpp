#include "front/http2_stream.h"

#include <utility>

#include "front/http2_session.h"

namespace ovserve::front {
namespace {

// A head that is so many times too large ends the connection.
constexpr std::size_t kHopeless = 8;

// As HTTP/2 counts.
std::size_t weight_of(std::string_view name, std::string_view value) { return name.size() + value.size() + 32; }

}  // namespace

Http2Stream::Http2Stream(Http2Session& session, SessionContext& context, std::int32_t id)
    : session_(session),
      context_(context),
      id_(id),
      outgoing_(context.limits().small_reply_bytes),
      sent_(context.loop.now()) {}

void Http2Stream::add_field(std::string_view name, std::string_view value) {
  const Limits& limits = context_.limits();
  head_size_ += weight_of(name, value);
  if (head_size_ > limits.head_bytes) {
    head_fits_ = HeadSize::kTooLarge;
  } else if (!name.starts_with(':') && headers_.size() >= limits.head_fields) {
    head_fits_ = HeadSize::kTooManyFields;
  }
  if (name == ":method") {
    method_ = value;
  } else if (name == ":path") {
    path_ = value;
  } else if (name == ":authority") {
    // For HTTP it is what a Host field would be.
    headers_.add("host", value);
  } else if (!name.starts_with(':') && head_fits_ == HeadSize::kFits) {
    headers_.add(name, value);
  }
  // Unpacking what nobody will read is work, too.
  if (head_size_ > kHopeless * limits.head_bytes) session_.end_calmly();
}

// Trailers of a request say nothing.
void Http2Stream::add_trailer_field(std::string_view name, std::string_view value) {
  trailer_size_ += weight_of(name, value);
  if (trailer_size_ > context_.limits().head_bytes) session_.end_calmly();
}

void Http2Stream::end_of_head(bool is_all) {
  request_complete_ = is_all;
  CallHead head;
  head.method = std::move(method_);
  head.path = std::move(path_);
  head.headers = std::move(headers_);
  head.peer = context_.peer;
  exchange_ = begin_exchange(*this, std::move(head), head_fits_);
  if (is_all) exchange_->end_of_request();
}

std::span<char> Http2Stream::wanted_place(std::size_t size) {
  return exchange_ == nullptr ? std::span<char>() : exchange_->wanted_place(size);
}

void Http2Stream::receive(std::string_view bytes) {
  if (exchange_ != nullptr) exchange_->receive(bytes);
}

void Http2Stream::end_of_request() {
  if (std::exchange(request_complete_, true) || exchange_ == nullptr) return;
  exchange_->end_of_request();
}

void Http2Stream::check_time(Clock::time_point now) {
  const Limits& limits = context_.limits();
  if (outgoing_.empty()) {
    sent_ = now;
  } else if (now - sent_ >= limits.write_timeout) {
    reset(NGHTTP2_CANCEL);
    return;
  } else if (now - sent_ >= limits.reply_hold) {
    outgoing_.copy_lent(context_.share);
  }
  if (exchange_ != nullptr && !request_complete_ && !finished_) exchange_->check_time(now);
}

void Http2Stream::abandon() {
  if (exchange_ != nullptr) exchange_->abandon();
}

void Http2Stream::send_head(const std::vector<ReplyField>& fields, bool is_all) {
  head_sent_ = true;
  finished_ = is_all;
  session_.submit_head(*this, fields, is_all);
}

void Http2Stream::send(std::string_view prefix, ByteChain bytes) {
  if (outgoing_.empty()) sent_ = context_.loop.now();
  outgoing_.add(prefix, std::move(bytes));
  session_.resume(*this);
}

void Http2Stream::finish(std::vector<std::pair<std::string, std::string>> trailer) {
  trailer_ = std::move(trailer);
  finished_ = true;
  session_.resume(*this);
}

void Http2Stream::grant(std::size_t bytes) { session_.consume(*this, bytes); }

void Http2Stream::refuse() { session_.reset(*this, NGHTTP2_REFUSED_STREAM); }

void Http2Stream::reset(std::uint32_t error) { session_.reset(*this, error); }

void Http2Stream::on_sent() {
  sent_ = context_.loop.now();
  // Not from here, where nghttp2 is amid a frame.
  if (outgoing_.empty() && std::exchange(tell_when_sent_, false)) session_.note_all_sent(*this);
}

void Http2Stream::on_all_sent() {
  if (exchange_ != nullptr) exchange_->on_all_sent();
}

}  // namespace ovserve::front
