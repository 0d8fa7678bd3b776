#pragma once

#include <functional>
#include <memory>
#include <string>

#include "front/call_slot.h"
#include "front/event_loop.h"
#include "front/output_queue.h"
#include "front/server_parts.h"

namespace ovserve::front {

/// What a session uses of its connection and of the server.
struct SessionContext {
  EventLoop& loop;
  ServerParts& server;
  Protocols protocols;
  std::shared_ptr<const std::string> peer;
  std::shared_ptr<MemoryShare> share;
  /// Calls that handlers have not let go of.
  CallSlot::Counter running;
  OutputQueue& output;
  /// Has produce() called at the end of the loop's turn.
  std::function<void()> wake;

  const Limits& limits() const noexcept { return server.options.limits; }
};

}  // namespace ovserve::front
