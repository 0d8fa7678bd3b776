#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace ovserve::bench {

using Clock = std::chrono::steady_clock;

/// How one request ended. Empty `failure`: with the right answer.
struct Outcome {
  Clock::time_point started;
  std::string failure;
  std::size_t reply_bytes = 0;
};

}  // namespace ovserve::bench
