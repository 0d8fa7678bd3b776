#pragma once

#include <chrono>
#include <cstddef>

namespace ovserve::front {

/// How much one client, and all of them together, may take. Every limit refuses what exceeds it and
/// leaves everybody else alone.
struct Limits {
  /// Of clients to the addresses of one protocol.
  std::size_t connections = 4096;

  /// Calls under way on one HTTP/2 connection, those included that the client has given up but the
  /// handler has not let go of yet.
  std::size_t streams_per_connection = 1024;

  /// Names and values of one request, each field counted with 32 bytes more, as HTTP/2 counts.
  std::size_t head_bytes = std::size_t{32} << 10U;

  /// Fields of one request.
  std::size_t head_fields = 200;

  /// One gRPC message, after decompression.
  std::size_t message_bytes = std::size_t{1} << 30U;

  /// The body of one HTTP request, after decompression.
  std::size_t body_bytes = std::size_t{1} << 30U;

  /// Bodies of all connections that have arrived and are still in use. One connection gets half.
  std::size_t memory_bytes = std::size_t{4} << 30U;

  /// What a client may send on one HTTP/2 stream before the server has taken it.
  std::size_t stream_window = std::size_t{4} << 20U;

  /// From the first byte of a request to the end of its head; also for a TLS handshake.
  std::chrono::milliseconds head_timeout{15'000};

  /// A body may take this long, and a second more for each `body_bytes_per_second` that has arrived.
  std::chrono::milliseconds body_timeout{30'000};
  std::size_t body_bytes_per_second = std::size_t{4} << 10U;

  /// A client that takes nothing of what is sent for so long is gone.
  std::chrono::milliseconds write_timeout{60'000};

  /// A reply that a slow client still has not taken by then is copied, so that its owner goes.
  std::chrono::milliseconds reply_hold{1'000};

  /// Replies up to this size are copied at once if they cannot be sent at once.
  std::size_t small_reply_bytes = std::size_t{16} << 10U;

  /// Connections without a request are closed after this time.
  std::chrono::milliseconds http1_idle_timeout{75'000};
  std::chrono::milliseconds http2_idle_timeout{3'600'000};

  /// A silent HTTP/2 client is sent a PING after `keepalive_interval` and is gone if it does not
  /// answer within `keepalive_timeout`.
  std::chrono::milliseconds keepalive_interval{120'000};
  std::chrono::milliseconds keepalive_timeout{20'000};
};

}  // namespace ovserve::front
