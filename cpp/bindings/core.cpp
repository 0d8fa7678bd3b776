#include "bindings/core.h"

#include <utility>

#include "base/error.h"
#include "serving/repository_meter.h"

namespace ovserve {
namespace {

constexpr std::chrono::seconds kForgottenStopDeadline{5};

}  // namespace

Core::Parts::Parts(const CoreOptions& options)
    : engine(options.cpu_extension),
      repository(engine, loader_factory, options.repository),
      service(repository, OVSERVE_VERSION, options.metrics, options.request_limits) {}

Core::Core(CoreOptions options) : image_limits_(options.request_limits.images) {
  if (options.metrics) options.repository.observer = std::make_shared<RepositoryMeter>(options.metrics);
  parts_ = std::make_unique<Parts>(options);
}

Core::~Core() {
  // Calls into a loader that outlast the deadline still use the parts, which are left to the process's end.
  if (stop(kForgottenStopDeadline)) return;
  [[maybe_unused]] const Parts* const abandoned = parts_.release();
}

ModelRepository& Core::repository() { return running_parts().repository; }

InferenceService& Core::service() { return running_parts().service; }

bool Core::stop(std::chrono::milliseconds deadline) {
  if (!stopping_.exchange(true)) stopped_cleanly_ = parts_->repository.stop(deadline);
  return stopped_cleanly_;
}

Core::Parts& Core::running_parts() {
  if (stopping_) throw Error(ErrorCode::kUnavailable, "the server is stopping");
  return *parts_;
}

}  // namespace ovserve
