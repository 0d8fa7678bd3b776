// What Prometheus scrapes.

#include "serving/inference_service.h"

namespace ovserve {
namespace {

void set_gauges(VersionSeries& series, const ModelStatistics& statistics) {
  series.streams.set(statistics.streams);
  series.infer_requests.set(statistics.infer_requests);
  series.active_requests.set(statistics.active);
  series.waiting_requests.set(statistics.waiting);
}

}  // namespace

std::string InferenceService::metrics_text() {
  if (!metrics_) throw Error(ErrorCode::kNotFound, "metrics are off");
  update_gauges();
  return metrics_->text();
}

// Asked for instead of counted along, so that requests pay nothing for it.
void InferenceService::update_gauges() {
  for (const ModelStatus& status : repository_.all_status()) {
    for (const VersionStatus& version : status.versions) {
      const auto series = metrics_->find_version(status.name, version.version);
      if (!series) continue;
      ModelStatistics statistics;
      try {
        if (version.state == VersionState::kAvailable) {
          statistics = repository_.acquire_now(status.name, version.version).model->statistics();
        }
      } catch (const Error&) {
        statistics = {};  // taken out in this moment
      }
      set_gauges(*series, statistics);
    }
  }
}

}  // namespace ovserve
