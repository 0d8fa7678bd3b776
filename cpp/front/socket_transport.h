#pragma once

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
  bool is_established() const noexcept override { return true; }

 private:
  FileDescriptor socket_;
};

}  // namespace ovserve::front
