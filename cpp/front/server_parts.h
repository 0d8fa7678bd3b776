#pragma once

#include <memory>

#include "front/call_handler.h"
#include "front/inflate_thread.h"
#include "front/memory_budget.h"
#include "front/server_options.h"

namespace ovserve::front {

/// What all connections of a server use; lives longer than they.
struct ServerParts {
  ServerOptions options;
  CallHandler& handler;
  std::shared_ptr<MemoryBudget> memory;
  InflateThread inflater;
};

}  // namespace ovserve::front
