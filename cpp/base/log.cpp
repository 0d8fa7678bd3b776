#include "base/log.h"

#include <memory>
#include <mutex>
#include <utility>

namespace ovserve {
namespace {

class SharedSink {
 public:
  std::shared_ptr<const LogSink> get() const {
    const std::lock_guard lock(mutex_);
    return sink_;
  }

  // Gives the old sink back, so that it dies outside the lock: it may belong to Python.
  std::shared_ptr<const LogSink> exchange(std::shared_ptr<const LogSink> sink) {
    const std::lock_guard lock(mutex_);
    return std::exchange(sink_, std::move(sink));
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const LogSink> sink_;  // guarded by mutex_; null drops everything
};

// Never destroyed: threads of loaders may log while the process ends.
SharedSink& shared_sink() {
  static auto& sink = *new SharedSink;
  return sink;
}

}  // namespace

void set_log_sink(LogSink sink) {
  std::shared_ptr<const LogSink> shared;
  if (sink) shared = std::make_shared<const LogSink>(std::move(sink));
  shared_sink().exchange(std::move(shared));
}

void log(LogLevel level, std::string_view logger, const std::string& text) noexcept {
  try {
    if (const auto sink = shared_sink().get()) (*sink)(level, logger, text);
  } catch (...) {
    // A line that cannot be written must not take down what wanted to write it.
    return;
  }
}

}  // namespace ovserve
