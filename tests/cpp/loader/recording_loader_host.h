#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "loader/loader_host.h"

namespace ovserve {

/// Notes what a loader tells, and answers what a test says.
class RecordingLoaderHost final : public LoaderHost {
 public:
  void log(LogLevel level, const std::string& text) noexcept override {
    note("log " + std::to_string(static_cast<int>(level)) + " " + text);
  }
  void progress(const std::string& model, std::int64_t version, const std::string& text,
                double fraction) noexcept override {
    note("progress " + model + " " + std::to_string(version) + " " + progress_text(text, fraction));
  }
  void blacklist_changed() noexcept override { note("blacklist_changed"); }
  std::optional<std::chrono::milliseconds> remaining() const noexcept override {
    const std::lock_guard lock(mutex_);
    return remaining_;
  }
  bool cancelled() const noexcept override {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

  void set_remaining(std::optional<std::chrono::milliseconds> remaining) {
    const std::lock_guard lock(mutex_);
    remaining_ = remaining;
  }
  void set_cancelled(bool cancelled) {
    const std::lock_guard lock(mutex_);
    cancelled_ = cancelled;
  }
  std::vector<std::string> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  void note(std::string line) {
    const std::lock_guard lock(mutex_);
    told_.push_back(std::move(line));
  }

  mutable std::mutex mutex_;
  std::vector<std::string> told_;
  std::optional<std::chrono::milliseconds> remaining_;
  bool cancelled_ = false;
};

}  // namespace ovserve
