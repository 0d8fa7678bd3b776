#include "http2_connection.h"

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

namespace ovserve::bench {
namespace {

constexpr std::int32_t kWindow = 0x3fff'ffff;  // 1 GiB
// So that a large request is cut into frames as the socket takes them, not all at once.
constexpr std::size_t kMostQueued = std::size_t{4} << 20U;
constexpr std::size_t kFrameHead = 9;
constexpr std::size_t kLargestFrame = std::size_t{1} << 20U;

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));  // nghttp2 only reads them
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

std::string_view text_of(const std::uint8_t* data, std::size_t length) {
  return {reinterpret_cast<const char*>(data), length};
}

}  // namespace

GrpcRequest::GrpcRequest(const Options& options, std::string_view message, const std::string_view* expected_reply)
    : authority(options.host + ":" + std::to_string(options.port)), body(message), expected(expected_reply) {
  fields = {field(":method", "POST"),
            field(":scheme", "http"),
            field(":path", options.path),
            field(":authority", authority),
            field("te", "trailers"),
            field("content-type", "application/grpc"),
            field("user-agent", "ovserve-load-generator")};
  for (const auto& [name, value] : options.headers) fields.push_back(field(name, value));
}

Http2Connection::Http2Connection(const Options& options, std::size_t index, const GrpcRequest& request,
                                 OutcomeListener& listener)
    : index_(index), request_(request), listener_(listener), socket_(options.host, options.port) {
  static nghttp2_session_callbacks* const shared = callbacks();
  if (nghttp2_session_client_new(&session_, shared, this) != 0) throw std::bad_alloc();
  const std::array<nghttp2_settings_entry, 2> settings = {
      {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}, {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow);
}

Http2Connection::~Http2Connection() { nghttp2_session_del(session_); }

void Http2Connection::start_request() {
  auto& stream = streams_.emplace_back(std::make_unique<Stream>(request_.body, request_.expected));
  nghttp2_data_provider body{};
  body.read_callback = [](nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t length,
                          std::uint32_t* flags, nghttp2_data_source*, void*) -> ssize_t {
    const std::size_t unsent = stream_of(session, id)->unsent.size();
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (length >= unsent) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(std::min(length, unsent));
  };
  stream->id =
      nghttp2_submit_request(session_, nullptr, request_.fields.data(), request_.fields.size(), &body, stream.get());
  if (stream->id < 0) throw std::runtime_error(nghttp2_strerror(stream->id));
}

void Http2Connection::flush() {
  while (!closed_) {
    const int result = nghttp2_session_send(session_);
    if (result != 0) return close(nghttp2_strerror(result));
    if (output_.empty()) return;
    if (!output_.send(socket_)) return close("the server closed the connection");
    if (!output_.empty()) return;  // goes on when the socket is writable
  }
}

void Http2Connection::on_readable() {
  const auto [state, bytes] = socket_.read(read_buffer());
  if (state == Socket::State::kWouldBlock) return;
  if (state == Socket::State::kClosed) return close("the server closed the connection");
  const ssize_t taken =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(read_buffer().data()), bytes);
  if (taken < 0) close(nghttp2_strerror(static_cast<int>(taken)));
}

void Http2Connection::on_stream_close(Stream& stream, std::uint32_t error_code) {
  Outcome outcome{stream.started, {}, stream.reply.length()};
  if (stream.grpc_status.empty()) {
    outcome.failure = "no grpc-status; HTTP status " + stream.http_status + ", stream closed with " +
                      nghttp2_http2_strerror(error_code);
  } else if (stream.grpc_status != "0") {
    outcome.failure = "grpc-status " + stream.grpc_status + ": " + stream.grpc_message;
  } else if (!stream.reply.passed()) {
    outcome.failure = "the message differs from the expected one";
  }
  const auto found = std::find_if(streams_.begin(), streams_.end(), [&](const auto& s) { return s.get() == &stream; });
  std::swap(*found, streams_.back());
  streams_.pop_back();
  listener_.finished(index_, outcome);
}

void Http2Connection::close(const std::string& why) {
  closed_ = true;
  for (const auto& stream : streams_) listener_.finished(index_, {stream->started, why, 0});
  streams_.clear();
}

nghttp2_session_callbacks* Http2Connection::callbacks() {
  nghttp2_session_callbacks* table = nullptr;
  if (nghttp2_session_callbacks_new(&table) != 0) throw std::bad_alloc();
  nghttp2_session_callbacks_set_send_callback(
      table, [](nghttp2_session*, const std::uint8_t* data, std::size_t length, int, void* user) -> ssize_t {
        OutputQueue& output = self(user).output_;
        if (output.size() > kMostQueued) return NGHTTP2_ERR_WOULDBLOCK;
        output.append_copy(text_of(data, length));
        return static_cast<ssize_t>(length);
      });
  nghttp2_session_callbacks_set_send_data_callback(
      table, [](nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t length,
                nghttp2_data_source*, void* user) {
        OutputQueue& output = self(user).output_;
        if (output.size() > kMostQueued) return static_cast<int>(NGHTTP2_ERR_WOULDBLOCK);
        Stream& stream = *stream_of(self(user).session_, frame->hd.stream_id);
        output.append_copy(text_of(head, kFrameHead));
        output.append_view(stream.unsent.substr(0, length));
        stream.unsent.remove_prefix(length);
        return 0;
      });
  nghttp2_session_callbacks_set_data_source_read_length_callback(
      table,
      [](nghttp2_session*, std::uint8_t, std::int32_t, std::int32_t connection_window, std::int32_t stream_window,
         std::uint32_t largest_frame, void*) -> ssize_t {
        const auto window = static_cast<std::size_t>(std::max(1, std::min(connection_window, stream_window)));
        return static_cast<ssize_t>(std::min({window, std::size_t{largest_frame}, kLargestFrame}));
      });
  nghttp2_session_callbacks_set_on_header_callback(
      table, [](nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_length,
                const std::uint8_t* value, std::size_t value_length, std::uint8_t, void*) {
        Stream* stream = stream_of(session, frame->hd.stream_id);
        const std::string_view key = text_of(name, name_length);
        if (stream == nullptr) return 0;
        if (key == ":status") stream->http_status = text_of(value, value_length);
        if (key == "grpc-status") stream->grpc_status = text_of(value, value_length);
        if (key == "grpc-message") stream->grpc_message = text_of(value, value_length);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      table,
      [](nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t length, void*) {
        if (Stream* stream = stream_of(session, id)) stream->reply.feed(text_of(data, length));
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      table, [](nghttp2_session* session, std::int32_t id, std::uint32_t error_code, void* user) {
        if (Stream* stream = stream_of(session, id)) self(user).on_stream_close(*stream, error_code);
        return 0;
      });
  return table;
}

}  // namespace ovserve::bench
