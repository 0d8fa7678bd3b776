#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

namespace ovserve::bench {

/// Processor time used up to now: by the calling thread and, all together, by the watched processes.
struct ProcessorTime {
  std::chrono::nanoseconds own{0};
  std::chrono::nanoseconds own_waiting{0};  ///< ready to run while others had the processor; 0 if not known
  std::chrono::nanoseconds watched{0};
};

/// Throws std::system_error naming the process if one of `watched` has ended.
ProcessorTime processor_time(const std::vector<pid_t>& watched);

}  // namespace ovserve::bench
