#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "body_check.h"
#include "connection.h"
#include "options.h"
#include "output_queue.h"
#include "socket.h"

namespace ovserve::bench {

/// What all gRPC connections send: header fields, and the message behind its prefix of 5 bytes.
struct GrpcRequest {
  GrpcRequest(const Options& options, std::string_view body, const std::string_view* expected);

  std::string authority;
  std::vector<nghttp2_nv> fields;
  std::string_view body;
  const std::string_view* expected;  ///< body of the answers with its prefix, or nullptr
};

/// gRPC over HTTP/2 without TLS, any number of requests at a time.
class Http2Connection : public Connection {
 public:
  /// `request` and `listener` must outlive this. Throws std::system_error.
  Http2Connection(const Options& options, std::size_t index, const GrpcRequest& request, OutcomeListener& listener);
  ~Http2Connection() override;

  int descriptor() const noexcept override { return socket_.descriptor(); }
  void start_request() override;
  void flush() override;
  void on_readable() override;
  bool wants_write() const noexcept override { return !output_.empty(); }
  bool is_closed() const noexcept override { return closed_; }

 private:
  struct Stream {
    Stream(std::string_view body, const std::string_view* expected) : unsent(body), reply(expected) {}

    Clock::time_point started = Clock::now();
    std::string_view unsent;
    BodyCheck reply;
    std::string http_status;
    std::string grpc_status;
    std::string grpc_message;
    std::int32_t id = 0;
  };

  static nghttp2_session_callbacks* callbacks();
  static Http2Connection& self(void* user) { return *static_cast<Http2Connection*>(user); }
  static Stream* stream_of(nghttp2_session* session, std::int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }
  void on_stream_close(Stream& stream, std::uint32_t error_code);
  void close(const std::string& why);

  const std::size_t index_;
  const GrpcRequest& request_;
  OutcomeListener& listener_;
  Socket socket_;
  OutputQueue output_;
  nghttp2_session* session_ = nullptr;
  std::vector<std::unique_ptr<Stream>> streams_;
  bool closed_ = false;
};

}  // namespace ovserve::bench
