#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include "front/server.h"
#include "gateway/gateway.h"

namespace ovserve::testing {

/// A gateway behind a real front on a free port of 127.0.0.1, and in place of Python a thread that answers
/// what is passed on with 404 and the path.
class RunningGateway {
 public:
  explicit RunningGateway(InferenceService& service, int io_threads = 2)
      : gateway_(service), server_(options(io_threads), gateway_), others_([this] { answer_passed(); }) {
    server_.start();
  }
  ~RunningGateway() { stop(std::chrono::milliseconds(0)); }
  RunningGateway(const RunningGateway&) = delete;
  RunningGateway& operator=(const RunningGateway&) = delete;

  std::uint16_t port() const { return server_.ports().front(); }
  Gateway& gateway() noexcept { return gateway_; }
  front::Server& server() noexcept { return server_; }

  void stop(std::chrono::milliseconds grace) {
    gateway_.close_streams();
    server_.stop(grace);
    gateway_.passage().close();
    if (others_.joinable()) others_.join();
  }

 private:
  static front::ServerOptions options(int io_threads) {
    front::ServerOptions options;
    options.listen = {{"127.0.0.1", 0, {true, true}}};
    options.io_threads = io_threads;
    return options;
  }

  void answer_passed() {
    while (!gateway_.passage().closed()) {
      if (const auto call = gateway_.passage().next(std::chrono::seconds(1))) {
        front::HttpReply reply;
        reply.status = 404;
        auto path = std::make_shared<const std::string>(call->call.head.path);
        reply.body.pieces.emplace_back(*path);
        reply.body.owner = std::move(path);
        call->reply(std::move(reply));
      }
    }
  }

  Gateway gateway_;
  front::Server server_;
  std::thread others_;
};

}  // namespace ovserve::testing
