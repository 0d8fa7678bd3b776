#include "bindings/core.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/error.h"
#include "serving/repository_meter.h"

namespace ovserve {
namespace {

constexpr std::chrono::seconds kForgottenStopDeadline{5};
// What they do is work for one core each, beside the engine's own.
constexpr unsigned int kMostWorkers = 4;

}  // namespace

Core::Parts::Parts(const CoreOptions& options, const std::shared_ptr<LoaderTrace>& loader_trace)
    : engine(options.cpu_extension),
      traced_factory(loader_factory, loader_trace),
      repository(engine, traced_factory, options.repository),
      workers(std::clamp(std::thread::hardware_concurrency(), 1U, kMostWorkers)),
      service(repository, OVSERVE_VERSION, options.metrics, options.request_limits, &workers) {}

Core::Core(CoreOptions options) : image_limits_(options.request_limits.images) {
  if (options.metrics) options.repository.observer = std::make_shared<RepositoryMeter>(options.metrics);
  parts_ = std::make_unique<Parts>(options, loader_trace_);
}

Core::~Core() {
  // Calls into a loader that outlast the deadline still use the parts, which are left to the process's end.
  if (stop(kForgottenStopDeadline)) return;
  [[maybe_unused]] const Parts* const abandoned = parts_.release();
}

ModelRepository& Core::repository() { return running_parts().repository; }

InferenceService& Core::service() { return running_parts().service; }

bool Core::stop(std::chrono::milliseconds deadline) {
  if (!stopping_.exchange(true)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    const bool repository_stopped = parts_->repository.stop(deadline);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    stopped_cleanly_ = parts_->workers.finish(std::max(left, std::chrono::milliseconds(0))) && repository_stopped;
  }
  return stopped_cleanly_;
}

Core::Parts& Core::running_parts() {
  if (stopping_) throw Error(ErrorCode::kUnavailable, "the server is stopping");
  return *parts_;
}

}  // namespace ovserve
