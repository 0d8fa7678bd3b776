#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "raw_client.h"

namespace ovserve::front {

/// One HTTP/2 frame as it is on the wire.
struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::int32_t stream = 0;
  std::string payload;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What came for one stream.
struct StreamReply {
  std::map<std::string, std::string> fields;   // of the head
  std::map<std::string, std::string> trailer;  // of gRPC: also the head's if there is no other
  std::string body;
  std::optional<std::uint32_t> reset;
  bool ended = false;

  std::string grpc_status() const {
    const auto found = trailer.find("grpc-status");
    return found == trailer.end() ? "" : found->second;
  }
  /// The only message of the body.
  std::string message() const { return body.size() < 5 ? "" : body.substr(5); }
};

/// An HTTP/2 client that writes its frames by hand, so that they can be wrong.
class Http2Client {
 public:
  /// Connects, sends the preface and `settings` (a payload); does not wait for the server.
  explicit Http2Client(std::uint16_t port, std::string_view settings = {}, int receive_buffer = 0);
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  RawClient& socket() noexcept { return socket_; }

  bool send(const Frame& frame) const;
  /// DATA in frames that every peer takes.
  bool send_data(std::int32_t stream, std::string_view bytes, bool is_last) const;
  /// Waits for the server's settings, so that what they allow can be used.
  void settle();
  static std::string bytes_of(const Frame& frame);
  /// A header block without any compression.
  static std::string block_of(const Fields& fields);
  /// The fields of a gRPC call of echo.Echo.
  static Fields grpc_fields(const std::string& method, const Fields& more = {});
  static std::string grpc_message(std::string_view bytes, bool compressed = false);

  /// Sends a whole call.
  bool call(std::int32_t stream, const std::string& method, std::string_view message, const Fields& more = {});

  /// The next frame; none at the end of input.
  std::optional<Frame> next_frame();
  /// Reads frames, acknowledging SETTINGS and PING and giving back windows, until `stream` is over.
  /// What comes for other streams is kept for them.
  StreamReply reply(std::int32_t stream);
  /// Reads up to GOAWAY and gives its error code; none if the connection just ends.
  std::optional<std::uint32_t> goaway_code();
  /// Works one frame off; false at the end of input.
  bool step();
  /// Off: replies stay within the first windows.
  bool gives_back_windows = true;

 private:
  void take_headers(const Frame& frame);
  void take_data(const Frame& frame);

  RawClient socket_;
  nghttp2_hd_inflater* inflater_ = nullptr;
  std::map<std::int32_t, StreamReply> replies_;
  std::optional<std::uint32_t> goaway_;
  bool settled_ = false;
  std::string pending_block_;
};

/// A number as HTTP/2 writes it, in four bytes.
std::string big_endian(std::uint32_t value);

}  // namespace ovserve::front
