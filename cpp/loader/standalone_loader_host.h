#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "loader/loader_host.h"

namespace ovserve {

/// The host of a loader that a script or a test drives: log lines go to the log, and calls have all the time.
class StandaloneLoaderHost : public LoaderHost {
 public:
  explicit StandaloneLoaderHost(std::string loader_name) : loader_name_(std::move(loader_name)) {}

  void log(LogLevel level, const std::string& text) noexcept override;
  void progress(const std::string& model, std::int64_t version, const std::string& text,
                double fraction) noexcept override;
  void blacklist_changed() noexcept override {}
  std::optional<std::chrono::milliseconds> remaining() const noexcept override { return std::nullopt; }
  bool cancelled() const noexcept override { return false; }

 private:
  const std::string loader_name_;
};

}  // namespace ovserve
