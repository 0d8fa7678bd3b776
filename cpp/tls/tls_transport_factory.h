#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "front/transport.h"
#include "tls/tls_options.h"

namespace ovserve::tls {

/// TLS 1.2 and 1.3 for all connections of a server. Clients choose HTTP/2 or HTTP/1.1 by ALPN.
class TlsTransportFactory final : public front::TransportFactory {
 public:
  /// Throws an Error that names the file that cannot be used.
  explicit TlsTransportFactory(const TlsOptions& options);

  std::unique_ptr<front::Transport> make(front::FileDescriptor socket) const override;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace ovserve::tls
