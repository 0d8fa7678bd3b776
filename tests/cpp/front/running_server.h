#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>

#include "echo_handler.h"
#include "front/server.h"

namespace ovserve::front {

/// The echo server on a free port of 127.0.0.1 that speaks everything.
class RunningServer {
 public:
  using Change = std::function<void(ServerOptions&)>;

  explicit RunningServer(const Change& change = {}) : server_(options(change), handler_) { server_.start(); }

  std::uint16_t port() const { return server_.ports().front(); }
  Server& server() { return server_; }
  EchoHandler& handler() { return handler_; }

 private:
  static ServerOptions options(const Change& change) {
    ServerOptions options;
    options.listen = {{"127.0.0.1", 0, {true, true}}};
    if (change) change(options);
    return options;
  }

  EchoHandler handler_;
  Server server_;
};

/// Waits until `condition` holds; false if it does not within half a minute.
template <typename Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace ovserve::front
