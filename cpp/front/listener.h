#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "front/event_loop.h"
#include "front/file_descriptor.h"
#include "front/log_throttle.h"
#include "front/server_options.h"

namespace ovserve::front {

/// A socket that listens.
struct ListeningSocket {
  FileDescriptor fd;
  std::uint16_t port = 0;
  Protocols protocols;
};

/// Opens the sockets of one address (a name may stand for more than one). Throws an Error that names
/// the address if it cannot be had, as when another process listens there; a port that was in use a
/// moment ago can be.
std::vector<ListeningSocket> listen_at(const ListenAddress& address);

/// Accepts connections for one of the loops that watch the same socket: the kernel wakes one of
/// them for each.
class Acceptor final : public Watched {
 public:
  using Accepted = std::function<void(FileDescriptor connection, Protocols protocols)>;

  Acceptor(EventLoop& loop, const ListeningSocket& socket, Accepted accepted);

  void on_events(std::uint32_t events) override;
  void on_again() override { on_events(0); }
  /// Accepts what still waits and then no more.
  void stop();

 private:
  bool accept_one();

  EventLoop& loop_;
  const int fd_;
  const Protocols protocols_;
  const Accepted accepted_;
  FileDescriptor spare_;  // given up for a moment when there are no descriptors left
  LogThrottle refusals_;
  bool stopped_ = false;
};

}  // namespace ovserve::front
