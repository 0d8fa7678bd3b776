#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "connection.h"
#include "event_loop.h"
#include "measurement/measurement.h"
#include "options.h"

namespace ovserve::bench {

/// Makes connection number `index`. Throws std::system_error.
using Connector = std::function<std::unique_ptr<Connection>(std::size_t index, OutcomeListener& listener)>;

/// Keeps a number of requests under way over a number of connections, each taking its turn, and
/// measures. All on the calling thread.
class Load : public OutcomeListener {
 public:
  Load(const Options& options, Connector connector);

  /// Warm-up and measurement. Throws std::runtime_error if the server cannot be reached, does not
  /// answer any more, or answers nothing but failures.
  const Measurement& run();

  /// Answers pings and the like, without sending requests, until standard input ends.
  void hold();

  void finished(std::size_t connection, const Outcome& outcome) override;

 private:
  void open(std::size_t index);
  void start_requests();
  void handle_events(int timeout_ms);
  void settle(std::size_t index);
  void settle_touched();
  void check_progress(Clock::time_point now);
  void advance(Clock::time_point now);

  const Options& options_;
  const Connector connector_;
  EventLoop events_;
  std::vector<std::unique_ptr<Connection>> connections_;
  // Places for requests; the connection whose place is first is next to send. A connection that may
  // carry several requests has as many places.
  std::deque<std::size_t> free_places_;
  std::size_t under_way_ = 0;
  std::vector<std::size_t> touched_;  // connections to flush after a round of events
  Measurement measurement_;
  Clock::time_point began_;
  Clock::time_point last_answer_;
  bool stopping_ = false;
};

}  // namespace ovserve::bench
