#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "raw_client.h"

namespace ovserve::tls {

/// A blocking TLS client.
class TlsClient {
 public:
  struct Options {
    std::string authority;
    std::string certificate;  ///< and key; none if empty
    std::string key;
    std::string protocols;  ///< for ALPN, on the wire's form; none if empty
    int highest_version = 0;
  };

  TlsClient(std::uint16_t port, const Options& options);

  /// Whether the handshake succeeded.
  bool is_connected() const noexcept { return connected_; }
  /// What ALPN came to.
  std::string protocol() const;

  bool send(std::string_view bytes);
  /// Up to and with `end`, or to the end.
  std::string read_until(std::string_view end);
  std::string read_exactly(std::size_t size);

 private:
  bool fill();

  front::RawClient socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace ovserve::tls
