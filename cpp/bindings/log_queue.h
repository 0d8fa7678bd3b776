#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace ovserve {

/// One core log line on its way to Python's logging.
struct LogRecord {
  int level = 0;  ///< a number of Python's logging module
  std::string logger;
  std::string text;
};

/// Between core threads that log and the Python thread that hands lines to logging: nobody who logs
/// ever waits for Python. When it is full, lines are dropped and counted. Thread-safe.
class LogQueue {
 public:
  explicit LogQueue(std::size_t capacity) : capacity_(capacity) {}

  /// The number Python's logging module has for a level; trace is 5.
  static int python_level(LogLevel level) noexcept;

  /// Lines below this Python level are not taken.
  void set_level(int level) noexcept { level_ = level; }

  void push(LogLevel level, std::string_view logger, std::string_view text);

  /// Everything that is there; waits for the first line. Empty after the timeout.
  std::vector<LogRecord> pop_all(std::chrono::duration<double> timeout);

 private:
  const std::size_t capacity_;
  std::atomic<int> level_{0};
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<LogRecord> records_;  // guarded by mutex_
  std::size_t dropped_ = 0;        // guarded by mutex_
};

}  // namespace ovserve
