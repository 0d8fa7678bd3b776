#pragma once

#include <memory>
#include <utility>

#include "front/file_descriptor.h"
#include "front/transport.h"

namespace ovserve::front {

/// A plain TCP connection.
class SocketTransport final : public Transport {
 public:
  explicit SocketTransport(FileDescriptor socket) : socket_(std::move(socket)) {}

  int fd() const noexcept override { return socket_.get(); }
  IoResult read(const iovec* entries, std::size_t count) override;
  IoResult write(const iovec* entries, std::size_t count) override;
  void end_output() override;
  bool short_read_is_last() const noexcept override { return true; }

 private:
  FileDescriptor socket_;
};

class SocketTransportFactory final : public TransportFactory {
 public:
  std::unique_ptr<Transport> make(FileDescriptor socket) const override {
    return std::make_unique<SocketTransport>(std::move(socket));
  }
};

}  // namespace ovserve::front
