#include "serving/repository_meter.h"

namespace ovserve {

void RepositoryMeter::model_configured(const std::string& model) noexcept { metrics_->add_model(model); }

void RepositoryMeter::model_removed(const std::string& model) noexcept { metrics_->remove_model(model); }

void RepositoryMeter::load_began(const std::string& model, Version version) noexcept {
  metrics_->add_version(model, version);
}

void RepositoryMeter::load_done(const std::string& model, Version version, Duration took) noexcept {
  metrics_->add_version(model, version);  // the model may have left and come back while it was being loaded
  if (const auto series = metrics_->find_version(model, version)) series->load_time.observe(took);
}

void RepositoryMeter::load_failed(const std::string& model, Version version) noexcept {
  if (const auto series = metrics_->find_version(model, version)) series->failed_loads.add();
}

void RepositoryMeter::blacklisted(const std::string& model, Version version, bool is_blacklisted) noexcept {
  if (const auto series = metrics_->find_version(model, version)) series->blacklisted.set(is_blacklisted ? 1 : 0);
}

void RepositoryMeter::loader_called(const std::string& loader, const char* function, bool succeeded,
                                    Duration took) noexcept {
  metrics_->count_call(loader, function, succeeded, took);
}

}  // namespace ovserve
