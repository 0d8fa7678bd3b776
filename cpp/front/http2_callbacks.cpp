#include "front/http2_callbacks.h"

#include <algorithm>
#include <new>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "front/http2_session.h"

namespace ovserve::front {
namespace {

constexpr std::size_t kFrameHead = 9;
[[maybe_unused]] constexpr std::uint64_t kResetsAtOnce = 4000;
[[maybe_unused]] constexpr std::uint64_t kResetsPerSecond = 400;
// The connection writes so much before it asks for more.
constexpr std::size_t kEnough = std::size_t{512} << 10U;

std::string_view view_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

// Exceptions must not pass through nghttp2, which is C.
struct Http2Callbacks {
  template <typename Step>
  static int guarded(Step step) noexcept {
    try {
      step();
      return 0;
    } catch (...) {
      log(LogLevel::kError, "ovserve.front", "a connection is closed: " + describe_current_exception());
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }

  static Http2Session& self(void* user) { return *static_cast<Http2Session*>(user); }

  static int on_begin_frame(nghttp2_session* /*session*/, const nghttp2_frame_hd* frame, void* user) noexcept {
    self(user).count_frame(*frame);
    // Nothing more of what has been read is looked at.
    return self(user).ended_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
  }

  static int on_begin_headers(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) noexcept {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    return guarded([&] { self(user).open_stream(frame->hd.stream_id); });
  }

  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t /*flags*/,
                       void* user) noexcept {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Http2Stream* stream = self(user).stream_of(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const int result = guarded([&] {
      if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        stream->add_field(view_of(name, name_size), view_of(value, value_size));
      } else {
        stream->add_trailer_field(view_of(name, name_size), view_of(value, value_size));
      }
    });
    // A few bytes may stand for many long fields: the rest of the block is not unpacked.
    return self(user).ended_ ? NGHTTP2_ERR_CALLBACK_FAILURE : result;
  }

  static int on_frame_recv(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) noexcept {
    Http2Session& session = self(user);
    const bool is_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      Http2Stream* stream = session.stream_of(frame->hd.stream_id);
      return stream == nullptr ? 0 : guarded([&] { stream->end_of_head(is_end); });
    }
    if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && is_end) {
      Http2Stream* stream = session.stream_of(frame->hd.stream_id);
      return stream == nullptr ? 0 : guarded([&] { stream->end_of_request(); });
    }
    // A frame that is all padding brings nothing.
    if (frame->hd.type == NGHTTP2_DATA && frame->data.padlen > 0 && frame->hd.length <= frame->data.padlen) {
      session.spend();
    }
    return 0;
  }

  // Frames of unknown types, which on_begin_frame has counted.
  static int on_unknown_frame(nghttp2_session* /*session*/, void** /*payload*/, const nghttp2_frame_hd* /*frame*/,
                              void* /*user*/) noexcept {
    return NGHTTP2_ERR_CANCEL;
  }

  static int on_invalid_frame(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/, int /*error*/,
                              void* user) noexcept {
    self(user).spend();
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t /*flags*/, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* user) noexcept {
    Http2Session& own = self(user);
    own.data_left_ -= std::min(own.data_left_, size);
    // What has come counts in the memory budget from now on, and no more in the connection's window.
    nghttp2_session_consume_connection(session, size);
    Http2Stream* stream = own.stream_of(id);
    return stream == nullptr ? 0 : guarded([&] { stream->receive(view_of(data, size)); });
  }

  static int on_stream_close(nghttp2_session* /*session*/, std::int32_t id, std::uint32_t /*error*/,
                             void* user) noexcept {
    Http2Stream* stream = self(user).stream_of(id);
    return stream == nullptr ? 0 : guarded([&] { self(user).close_stream(*stream); });
  }

  static ssize_t on_send(nghttp2_session* /*session*/, const std::uint8_t* data, std::size_t size, int /*flags*/,
                         void* user) noexcept {
    const int result = guarded([&] { self(user).context_.output.append_copy(view_of(data, size)); });
    return result == 0 ? static_cast<ssize_t>(size) : result;
  }

  static int on_send_data(nghttp2_session* /*session*/, nghttp2_frame* frame, const std::uint8_t* head,
                          std::size_t size, nghttp2_data_source* /*source*/, void* user) noexcept {
    OutputQueue& output = self(user).context_.output;
    if (output.size() >= kEnough) return NGHTTP2_ERR_WOULDBLOCK;
    Http2Stream* stream = self(user).stream_of(frame->hd.stream_id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    return guarded([&] {
      output.append_copy(view_of(head, kFrameHead));
      stream->outgoing().move_to(output, size);
      stream->on_sent();
    });
  }

  static int on_frame_send(nghttp2_session* session, const nghttp2_frame* frame, void* user) noexcept {
    const bool is_stream = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!is_stream || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    const Http2Stream* stream = self(user).stream_of(frame->hd.stream_id);
    // Answered before all was read: the client shall not send the rest (RFC 9113, 8.1).
    if (stream != nullptr && !stream->is_request_complete()) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    }
    return 0;
  }

  static int on_frame_not_send(nghttp2_session* session, const nghttp2_frame* frame, int /*error*/,
                               void* /*user*/) noexcept {
    if (frame->hd.type == NGHTTP2_HEADERS) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_INTERNAL_ERROR);
    }
    return 0;
  }

  static ssize_t read_length(nghttp2_session* /*session*/, std::uint8_t /*type*/, std::int32_t /*id*/,
                             std::int32_t session_window, std::int32_t stream_window, std::uint32_t max_frame,
                             void* /*user*/) noexcept {
    return std::min<ssize_t>({session_window, stream_window, static_cast<ssize_t>(max_frame)});
  }

  static ssize_t on_read(nghttp2_session* /*session*/, std::int32_t id, std::uint8_t* /*into*/, std::size_t room,
                         std::uint32_t* flags, nghttp2_data_source* /*source*/, void* user) noexcept {
    Http2Stream* stream = self(user).stream_of(id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    ssize_t size = 0;
    const int result = guarded([&] { size = self(user).provide(*stream, room, *flags); });
    return result == 0 ? size : result;
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* made = nullptr;
    if (nghttp2_session_callbacks_new(&made) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(made, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame_recv);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, on_invalid_frame);
    nghttp2_session_callbacks_set_unpack_extension_callback(made, on_unknown_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, on_stream_close);
    nghttp2_session_callbacks_set_send_callback(made, on_send);
    nghttp2_session_callbacks_set_send_data_callback(made, on_send_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, on_frame_send);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(made, on_frame_not_send);
    nghttp2_session_callbacks_set_data_source_read_length_callback(made, read_length);
    return made;
  }
};

nghttp2_session* make_nghttp2_session(Http2Session& session, Http2Memory& memory) {
  // Read alone once they are made; of the process.
  static const nghttp2_session_callbacks* const callbacks = Http2Callbacks::make();
  static const nghttp2_option* const options = [] {
    nghttp2_option* made = nullptr;
    if (nghttp2_option_new(&made) != 0) throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(made, 1);
    nghttp2_option_set_no_closed_streams(made, 1);
    // Holds the few fields that our replies have; the usual 4 KiB take a kilobyte of every connection from its begin.
    nghttp2_option_set_max_deflate_dynamic_table_size(made, 512);
#ifdef OVSERVE_NGHTTP2_LIMITS_RESETS
    // Its own bound would end clients whose deadlines pass a few dozen times a second; ours takes its place.
    nghttp2_option_set_stream_reset_rate_limit(made, kResetsAtOnce, kResetsPerSecond);
#endif
    // So that frames of unknown types are told of, too.
    for (int type = NGHTTP2_CONTINUATION + 1; type <= 0xFF; ++type) {
      nghttp2_option_set_user_recv_extension_type(made, static_cast<std::uint8_t>(type));
    }
    return made;
  }();
  nghttp2_session* made = nullptr;
  if (nghttp2_session_server_new3(&made, callbacks, &session, options, memory.functions()) != 0) throw std::bad_alloc();
  return made;
}

nghttp2_data_provider body_provider() {
  nghttp2_data_provider provider{};
  provider.read_callback = Http2Callbacks::on_read;
  return provider;
}

}  // namespace ovserve::front
