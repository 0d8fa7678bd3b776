#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "front/call_handler.h"
#include "front/connection_places.h"
#include "front/io_thread.h"
#include "front/listener.h"
#include "front/log_throttle.h"
#include "front/server_parts.h"

namespace ovserve::front {

/// A server for gRPC and HTTP on a few threads of its own. It knows nothing of what is served: that
/// is the handler's. Answers may come at any time and from any thread, also after the server has
/// gone; they are thrown away then.
class Server {
 public:
  /// Listens at once, so that clients can connect, but serves only after start(). Throws an Error
  /// that names the address if one cannot be had. `handler` must live longer than the server.
  Server(const ServerOptions& options, CallHandler& handler);
  /// Stops without waiting for calls.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();

  /// Accepts no more, tells HTTP/2 clients to go elsewhere, lets calls under way finish for `grace`
  /// at most, and closes what is left. Silent clients are not waited for. Not from the handler's
  /// calls; from any other thread, again without effect.
  void stop(std::chrono::milliseconds grace);

  /// The ports, in the order of the addresses; one for each address.
  std::vector<std::uint16_t> ports() const { return ports_; }

  std::size_t connections() const noexcept;
  /// Bytes of requests that are held now.
  std::size_t memory_used() const noexcept { return parts_.memory->used(); }

 private:
  void accept(FileDescriptor connection, Protocols protocols);
  void turn_away(const FileDescriptor& connection, Protocols protocols);

  ServerParts parts_;
  ConnectionPlaces places_;
  const bool is_plain_;  // no TLS
  std::vector<ListeningSocket> sockets_;
  std::vector<std::uint16_t> ports_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  LogThrottle refusals_;
  std::mutex stopping_;
  bool started_ = false;
  bool stopped_ = false;  // guarded by stopping_
};

}  // namespace ovserve::front
