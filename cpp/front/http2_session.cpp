#include "front/http2_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "front/http2_callbacks.h"

namespace ovserve::front {
namespace {

// SETTINGS_NO_RFC7540_PRIORITIES (RFC 9218, 2.1): streams are served in turn, and PRIORITY frames,
// which nobody sends any more, cost nothing.
constexpr std::int32_t kNoPriorities = 9;
// A large frame is read straight to where its bytes belong; see wanted_place().
constexpr std::uint32_t kLargestFrame = 1U << 20U;
// Of the connection, in windows of one stream.
constexpr std::size_t kWindowStreams = 4;
// What a reply that was sent is worth in frames that bring nothing; see FloodGuard.
constexpr std::int64_t kReplyTokens = 4;
// From this size on it pays to read into the body itself.
constexpr std::size_t kPlaced = 4096;

// What ends a connection at once; errors of the protocol nghttp2 answers itself.
std::uint32_t error_of(ssize_t failure) {
  switch (failure) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      return NGHTTP2_PROTOCOL_ERROR;
    case NGHTTP2_ERR_CALLBACK_FAILURE:
    case NGHTTP2_ERR_NOMEM:
      return NGHTTP2_INTERNAL_ERROR;
    default:  // its own bounds: too many answers that are not read, too many pieces of a head
      return NGHTTP2_ENHANCE_YOUR_CALM;
  }
}

// Replies have few and short fields: a table of them for each connection would cost more than it saves.
nghttp2_nv field_of(std::string_view name, std::string_view value) {
  auto bytes = [](std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_INDEX};
}

}  // namespace

Http2Session::Http2Session(SessionContext& context)
    : context_(context),
      session_(make_nghttp2_session(*this, memory_)),
      guard_(context.loop.now()),
      heard_(context.loop.now()),
      active_(context.loop.now()) {
  const Limits& limits = context.limits();
  const auto window = static_cast<std::uint32_t>(limits.stream_window);
  const std::array<nghttp2_settings_entry, 5> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, static_cast<std::uint32_t>(limits.streams_per_connection)},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, kLargestFrame},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head_bytes)},
      {kNoPriorities, 1},
  }};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(window * kWindowStreams));
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

std::span<char> Http2Session::wanted_place() {
  if (data_left_ < kPlaced) return {};
  Http2Stream* stream = stream_of(data_stream_);
  return stream == nullptr ? std::span<char>() : stream->wanted_place(data_left_);
}

void Http2Session::receive(std::string_view bytes) {
  heard_ = context_.loop.now();
  pinged_ = false;
  if (ended_) return;
  const auto taken =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken < 0 && !ended_) end_with(error_of(taken));
}

void Http2Session::end_of_input() {
  // Replies to a client that has shut down its side would still arrive, but no HTTP/2 client does that.
  abandon();
}

void Http2Session::produce() {
  if (!abandoned_ && nghttp2_session_want_write(session_) == 0) return;
  memory_.wake();
  while (!abandoned_) {
    if (nghttp2_session_send(session_) != 0) {
      abandon();
      return;
    }
    if (all_sent_.empty()) return;
    for (const std::int32_t id : std::exchange(all_sent_, {})) {
      if (Http2Stream* stream = stream_of(id); stream != nullptr) stream->on_all_sent();
    }
  }
}

void Http2Session::check_time(Clock::time_point now) {
  const Limits& limits = context_.limits();
  // Backwards, since a stream may go.
  for (std::size_t i = streams_.size(); i-- > 0;) streams_[i]->check_time(now);
  if (!streams_.empty()) {
    active_ = now;
  } else if (nghttp2_session_want_write(session_) == 0) {
    memory_.rest();
    streams_.shrink_to_fit();
    all_sent_.shrink_to_fit();
  }
  const bool is_lost = now - heard_ >= limits.keepalive_interval + limits.keepalive_timeout;
  const bool never_began = !begun_ && now - active_ >= limits.head_timeout;
  if (is_lost || never_began) {
    abandon();
  } else if (now - heard_ >= limits.keepalive_interval && !std::exchange(pinged_, true)) {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  } else if (now - active_ >= limits.http2_idle_timeout) {
    drain();
  }
}

// Streams that the client opens before it knows are not served; the number in the frame tells it to
// open them elsewhere.
void Http2Session::drain() {
  if (std::exchange(going_away_, true)) return;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

bool Http2Session::awaits_requests() const {
  return std::ranges::none_of(
      streams_, [](const auto& stream) { return stream->is_request_complete() || stream->is_head_sent(); });
}

bool Http2Session::is_finished() const {
  if (abandoned_) return true;
  if (nghttp2_session_want_write(session_) != 0) return false;
  return ended_ || (going_away_ && streams_.empty()) || nghttp2_session_want_read(session_) == 0;
}

void Http2Session::abandon() {
  ended_ = abandoned_ = true;
  while (!streams_.empty()) close_stream(*streams_.back());
}

void Http2Session::end_with(std::uint32_t error) {
  ended_ = true;
  nghttp2_session_terminate_session(session_, error);
}

void Http2Session::submit_head(Http2Stream& stream, const std::vector<ReplyField>& fields, bool is_all) {
  std::vector<nghttp2_nv> values;
  values.reserve(fields.size());
  for (const ReplyField& field : fields) values.push_back(field_of(field.name, field.value));
  const nghttp2_data_provider body = body_provider();
  nghttp2_submit_response(session_, stream.id(), values.data(), values.size(), is_all ? nullptr : &body);
  context_.wake();
}

void Http2Session::resume(Http2Stream& stream) {
  if (std::exchange(stream.waits_for_data, false)) nghttp2_session_resume_data(session_, stream.id());
  context_.wake();
}

void Http2Session::consume(Http2Stream& stream, std::size_t bytes) {
  nghttp2_session_consume_stream(session_, stream.id(), bytes);
  context_.wake();
}

void Http2Session::reset(Http2Stream& stream, std::uint32_t error) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id(), error);
  context_.wake();
}

void Http2Session::open_stream(std::int32_t id) {
  auto stream = std::make_unique<Http2Stream>(*this, context_, id);
  stream->place_in_session = streams_.size();
  nghttp2_session_set_stream_user_data(session_, id, stream.get());
  streams_.push_back(std::move(stream));
}

void Http2Session::close_stream(Http2Stream& stream) {
  const std::size_t place = stream.place_in_session;
  const auto closed = std::move(streams_[place]);
  if (place + 1 < streams_.size()) {
    streams_[place] = std::move(streams_.back());
    streams_[place]->place_in_session = place;
  }
  streams_.pop_back();
  nghttp2_session_set_stream_user_data(session_, closed->id(), nullptr);
  active_ = context_.loop.now();
  closed->abandon();
}

Http2Stream* Http2Session::stream_of(std::int32_t id) const {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_, id));
}

void Http2Session::count_frame(const nghttp2_frame_hd& frame) {
  begun_ = true;
  data_left_ = 0;
  switch (frame.type) {
    case NGHTTP2_DATA:
      // What part of a padded frame is padding, only nghttp2 knows.
      if ((frame.flags & NGHTTP2_FLAG_PADDED) == 0) {
        data_stream_ = frame.stream_id;
        data_left_ = frame.length;
      }
      if (frame.length == 0 && (frame.flags & NGHTTP2_FLAG_END_STREAM) == 0) spend();
      return;
    case NGHTTP2_HEADERS:
      return;
    case NGHTTP2_WINDOW_UPDATE:
      if (!ended_ && !guard_.take_window_update(context_.loop.now())) end_calmly();
      return;
    default:
      // PING, SETTINGS, PRIORITY, RST_STREAM, CONTINUATION and what is not known.
      spend();
      return;
  }
}

void Http2Session::spend(std::int64_t tokens) {
  if (!ended_ && !guard_.spend(context_.loop.now(), tokens)) end_calmly();
}

ssize_t Http2Session::provide(Http2Stream& stream, std::size_t room, std::uint32_t& flags) {
  const std::size_t size = std::min(room, stream.outgoing().size());
  const bool is_last = stream.is_finished() && size == stream.outgoing().size();
  if (size == 0 && !is_last) {
    stream.waits_for_data = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  if (size > 0) guard_.data_sent();
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!is_last) return static_cast<ssize_t>(size);
  flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!stream.trailer().empty()) {
    flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    std::vector<nghttp2_nv> values;
    values.reserve(stream.trailer().size());
    for (const auto& [name, value] : stream.trailer()) values.push_back(field_of(name, value));
    nghttp2_submit_trailer(session_, stream.id(), values.data(), values.size());
  }
  guard_.earn(kReplyTokens);
  return static_cast<ssize_t>(size);
}

}  // namespace ovserve::front
