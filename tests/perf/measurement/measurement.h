#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "measurement/outcome.h"
#include "measurement/processor_time.h"

namespace ovserve::bench {

/// What is counted between the end of the warm-up and the end of the load.
class Measurement {
 public:
  explicit Measurement(std::vector<pid_t> watched) : watched_(std::move(watched)) {}

  void begin(Clock::time_point now);
  void end(Clock::time_point now);
  /// Before begin() only failures count, so that a server that refuses everything is told from a slow one.
  void add(const Outcome& outcome, Clock::time_point now);

  bool has_begun() const noexcept { return has_begun_; }
  Clock::time_point began_at() const noexcept { return began_; }
  std::uint64_t answers() const noexcept { return latencies_.size() + failures_; }
  std::uint64_t failures() const noexcept { return failures_; }
  const std::string& first_failure() const noexcept { return first_failure_; }

  /// To be asked after end().
  nlohmann::json report() const;

 private:
  const std::vector<pid_t> watched_;
  bool has_begun_ = false;
  Clock::time_point began_;
  Clock::time_point ended_;
  std::optional<Clock::time_point> first_answer_;
  ProcessorTime at_begin_;
  ProcessorTime at_end_;
  std::vector<Clock::duration> latencies_;  // of right answers
  std::uint64_t failures_ = 0;
  std::string first_failure_;
  std::size_t reply_bytes_ = 0;  // of the last right answer
};

}  // namespace ovserve::bench
