#pragma once

#include <atomic>
#include <memory>

#include "front/call_handler.h"
#include "front/event_loop.h"
#include "front/output_queue.h"
#include "front/server_options.h"

namespace ovserve::front {

/// What a session uses of its connection and of the server.
struct SessionContext {
  EventLoop& loop;
  const ServerOptions& options;
  CallHandler& handler;
  Protocols protocols;
  std::shared_ptr<MemoryShare> share;
  /// Calls that handlers have not let go of.
  CallSlot::Counter running;
  OutputQueue& output;
  /// Has produce() called at the end of the loop's turn.
  std::function<void()> wake;
};

}  // namespace ovserve::front
