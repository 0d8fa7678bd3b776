#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "bindings/core.h"
#include "front/server.h"
#include "gateway/gateway.h"

namespace ovserve {

/// The native network front of one core. All functions are called without the GIL.
class NativeFront {
 public:
  /// Listens at once. Throws Error naming an address that cannot be had.
  NativeFront(Core& core, const front::ServerOptions& options) : gateway_(core.service()), server_(options, gateway_) {}

  void start() { server_.start(); }
  std::vector<std::uint16_t> ports() const { return server_.ports(); }
  void announce_state() { gateway_.announce_state(); }

  std::unique_ptr<PassedCall> next_request(std::chrono::milliseconds timeout) {
    return gateway_.passage().next(timeout);
  }
  void pass_models(PassedModels::Names names, bool all) { gateway_.passed_models().set(all, std::move(names)); }
  int passage_descriptor() { return gateway_.passage().descriptor(); }
  bool closed() { return gateway_.passage().closed(); }

  void stop(std::chrono::milliseconds grace) {
    gateway_.close_streams();
    server_.stop(grace);
    gateway_.passage().close();
  }

 private:
  Gateway gateway_;
  front::Server server_;
};

}  // namespace ovserve
