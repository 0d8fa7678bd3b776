#include "metrics/metrics.h"

#include <algorithm>
#include <mutex>

#include "base/error.h"

namespace ovserve {
namespace {

void check_known(const std::string& name) {
  const auto families = metric_families();
  const auto has_name = [&](const MetricFamily& family) { return family.name == name; };
  if (std::any_of(families.begin(), families.end(), has_name)) return;
  throw Error(ErrorCode::kInvalidArgument, "unknown metric \"" + name + "\"");
}

std::shared_ptr<LoaderSeries> make_loader_series() {
  auto series = std::make_shared<LoaderSeries>();
  for (const std::string& function : Metrics::loader_functions()) series->functions[function];
  return series;
}

}  // namespace

Metrics::Metrics(const std::vector<std::string>& families) {
  for (const std::string& name : families) check_known(name);
  for (const MetricFamily& family : metric_families()) {
    if (std::find(families.begin(), families.end(), family.name) != families.end()) shown_.push_back(&family);
  }
}

void Metrics::add_model(const std::string& model) {
  const std::unique_lock lock(mutex_);
  auto& series = series_.models[model];
  if (!series) series = std::make_shared<ModelSeries>();
}

void Metrics::add_version(const std::string& model, std::int64_t version) {
  const std::unique_lock lock(mutex_);
  const auto found = series_.models.find(model);
  if (found == series_.models.end()) return;
  auto& series = found->second->versions[version];
  if (!series) series = std::make_shared<VersionSeries>();
}

void Metrics::remove_model(const std::string& model) {
  const std::unique_lock lock(mutex_);
  series_.models.erase(model);
}

std::shared_ptr<ModelSeries> Metrics::find_model(std::string_view model) const {
  const std::shared_lock lock(mutex_);
  const auto found = series_.models.find(model);
  return found == series_.models.end() ? nullptr : found->second;
}

std::shared_ptr<VersionSeries> Metrics::find_version(std::string_view model, std::int64_t version) const {
  const std::shared_lock lock(mutex_);
  const auto found = series_.models.find(model);
  if (found == series_.models.end()) return nullptr;
  const auto& versions = found->second->versions;
  const auto series = versions.find(version);
  return series == versions.end() ? nullptr : series->second;
}

void Metrics::count_call(const std::string& loader, const std::string& function, bool succeeded,
                         std::chrono::nanoseconds took) {
  const std::unique_lock lock(mutex_);
  auto& series = series_.loaders[loader];
  if (!series) series = make_loader_series();
  const auto found = series->functions.find(function);
  if (found == series->functions.end()) return;
  CallCounts& counts = found->second.at(succeeded ? 1 : 0);
  counts.calls.add();
  counts.time_ns.add(static_cast<std::uint64_t>(took.count()));
}

const std::vector<std::string>& Metrics::loader_functions() {
  static const std::vector<std::string> functions{"loaderInit",  "loadModel",   "getModelBlacklistStatus",
                                                  "retireModel", "unloadModel", "loaderDeInit"};
  return functions;
}

std::string Metrics::text() const {
  const std::shared_lock lock(mutex_);
  std::string out;
  for (const MetricFamily* family : shown_) {
    FamilyText text(out, family->name, family->type, family->help);
    family->write(series_, text);
  }
  return out;
}

}  // namespace ovserve
