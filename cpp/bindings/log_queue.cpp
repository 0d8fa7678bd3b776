#include "bindings/log_queue.h"

#include <iterator>

namespace ovserve {

int LogQueue::python_level(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::kTrace:
      return 5;
    case LogLevel::kDebug:
      return 10;
    case LogLevel::kInfo:
      return 20;
    case LogLevel::kWarning:
      return 30;
    case LogLevel::kError:
      return 40;
  }
  return 40;
}

void LogQueue::push(LogLevel level, std::string_view logger, std::string_view text) {
  const int number = python_level(level);
  if (number < level_.load(std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock(mutex_);
    if (records_.size() >= capacity_) {
      ++dropped_;
      return;
    }
    records_.push_back({number, std::string(logger), std::string(text)});
  }
  filled_.notify_one();
}

std::vector<LogRecord> LogQueue::pop_all(std::chrono::duration<double> timeout) {
  std::unique_lock lock(mutex_);
  filled_.wait_for(lock, timeout, [this] { return !records_.empty(); });
  std::vector<LogRecord> taken(std::make_move_iterator(records_.begin()), std::make_move_iterator(records_.end()));
  records_.clear();
  if (dropped_ > 0) {
    taken.push_back(
        {python_level(LogLevel::kWarning), "ovserve.log",
         std::to_string(dropped_) + " log lines were dropped: they came faster than they could be written"});
    dropped_ = 0;
  }
  return taken;
}

}  // namespace ovserve
