#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/thread_pool.h"
#include "bindings/loader_factory.h"
#include "engine/openvino_engine.h"
#include "image/image_limits.h"
#include "loader/loader_trace.h"
#include "loader/traced_loader.h"
#include "metrics/metrics.h"
#include "repository/model_repository.h"
#include "serving/inference_service.h"
#include "serving/request_limits.h"

namespace ovserve {

/// How one server's core works.
struct CoreOptions {
  RepositoryOptions repository;
  std::shared_ptr<Metrics> metrics;  ///< where everything is counted; null: nowhere
  std::string cpu_extension;         ///< as OpenVinoEngine has it
  RequestLimits request_limits;
};

/// Engine, loaders, repository and protocol codecs of one server, put together. Thread-safe.
/// Destroyed without the GIL, since that stops the repository if stop() was not called.
class Core {
 public:
  explicit Core(CoreOptions options);
  ~Core();

  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// Both throw Error(kUnavailable) once stop() was called, after which the repository takes no calls.
  ModelRepository& repository();
  InferenceService& service();
  /// The last calls into custom loaders; also after stop().
  const LoaderTrace& loader_trace() const noexcept { return *loader_trace_; }
  ImageLimits image_limits() const noexcept { return image_limits_; }

  /// See ModelRepository::stop. A second call does nothing and gives the first one's answer.
  bool stop(std::chrono::milliseconds deadline);

 private:
  struct Parts {
    Parts(const CoreOptions& options, const std::shared_ptr<LoaderTrace>& loader_trace);

    OpenVinoEngine engine;
    AnyLoaderFactory loader_factory;
    TracedLoaderFactory traced_factory;
    ModelRepository repository;
    ThreadPool workers;
    InferenceService service;
  };

  Parts& running_parts();

  const ImageLimits image_limits_;
  const std::shared_ptr<LoaderTrace> loader_trace_ = std::make_shared<LoaderTrace>();
  std::unique_ptr<Parts> parts_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stopped_cleanly_{false};
};

}  // namespace ovserve
