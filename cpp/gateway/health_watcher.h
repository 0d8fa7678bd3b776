#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "front/stream_sender.h"
#include "serving/inference_service.h"

namespace ovserve {

/// One Watch stream of grpc.health.v1: tells the status when asked, and every change of it.
/// Source: grpc/doc/health-checking.md. Thread-safe.
class HealthWatcher {
 public:
  HealthWatcher(InferenceService& service, front::StreamSender sender) noexcept
      : service_(service), sender_(std::move(sender)) {}

  /// Begins: the client has said which service it watches.
  void watch(std::string request);
  /// The status may have changed.
  void look_again();
  /// Tells the last status and ends the stream.
  void close();
  /// Ends the stream with RESOURCE_EXHAUSTED.
  void refuse(std::string text);

 private:
  std::string status();

  InferenceService& service_;
  std::mutex mutex_;
  front::StreamSender sender_;        // guarded by mutex_
  std::optional<std::string> asked_;  // guarded by mutex_; the request
  std::string told_;                  // guarded by mutex_; the last status sent
};

}  // namespace ovserve
