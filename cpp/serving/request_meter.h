#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/byte_sink.h"
#include "engine/model.h"
#include "metrics/metrics.h"
#include "repository/version_policy.h"

namespace ovserve {

/// Counts one request of one API, from its making to its end: as failed unless succeeded() was called.
/// A request whose model or version nobody knows is not counted, since there is no series for it.
class RequestMeter {
 public:
  /// `metrics`: null if nothing is to be counted; must outlive this.
  RequestMeter(const Metrics* metrics, Interface interface, Method method, std::size_t request_bytes = 0);
  ~RequestMeter();

  RequestMeter(const RequestMeter&) = delete;
  RequestMeter& operator=(const RequestMeter&) = delete;

  /// What the request asks for; once more with the version when a request without one (or with 0) has got one.
  void is_about(const std::string& model, std::optional<Version> version);

  void inferred(const InferTimes& times);
  void succeeded(std::size_t response_bytes = 0);

 private:
  using Clock = std::chrono::steady_clock;

  RequestCounts* counts() noexcept;

  const Metrics* const metrics_;
  const Interface interface_;
  const Method method_;
  const std::size_t request_bytes_;
  const Clock::time_point began_;
  std::shared_ptr<ModelSeries> model_;      // of questions about a model
  std::shared_ptr<VersionSeries> version_;  // of everything else
  bool succeeded_ = false;
};

/// Passes a message on and notes its size.
class MeasuringSink : public ByteSink {
 public:
  explicit MeasuringSink(ByteSink& sink) : sink_(sink) {}

  char* allocate(std::size_t size) override {
    size_ = size;
    return sink_.allocate(size);
  }
  void adopt(std::string text) override {
    size_ = text.size();
    sink_.adopt(std::move(text));
  }
  std::size_t size() const noexcept { return size_; }

 private:
  ByteSink& sink_;
  std::size_t size_ = 0;
};

}  // namespace ovserve
