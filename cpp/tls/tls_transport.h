#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>

#include "front/file_descriptor.h"
#include "front/transport.h"

namespace ovserve::tls {

/// TLS on a socket, the server's side. The handshake happens in the first reads.
class TlsTransport final : public front::Transport {
 public:
  TlsTransport(SSL_CTX& context, front::FileDescriptor socket);

  int fd() const noexcept override { return socket_.get(); }
  front::IoResult read(const iovec* entries, std::size_t count) override;
  front::IoResult write(const iovec* entries, std::size_t count) override;
  void end_output() override;
  bool short_read_is_last() const noexcept override { return false; }
  bool read_awaits_write() const noexcept override { return read_awaits_write_; }
  bool write_awaits_read() const noexcept override { return write_awaits_read_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  front::IoResult failure(int result);

  front::FileDescriptor socket_;
  std::unique_ptr<SSL, Free> ssl_;
  bool read_awaits_write_ = false;
  bool write_awaits_read_ = false;
  bool is_broken_ = false;
};

}  // namespace ovserve::tls
