#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/metric_families.h"
#include "metrics/series.h"

namespace ovserve {

/// Everything measured of one server, and its text for Prometheus. Thread-safe.
///
/// Series exist, at 0, from the moment their model, version or loader becomes known, and stay while the model is
/// configured: what was counted of a retired version can still be scraped. A removed model takes its own along;
/// who still holds one writes into it unseen.
class Metrics {
 public:
  /// Shows the families named. Throws Error(kInvalidArgument) for a name that is none.
  explicit Metrics(const std::vector<std::string>& families);

  void add_model(const std::string& model);
  void add_version(const std::string& model, std::int64_t version);
  void remove_model(const std::string& model);

  /// Null if there is no such model or version.
  std::shared_ptr<ModelSeries> find_model(std::string_view model) const;
  std::shared_ptr<VersionSeries> find_version(std::string_view model, std::int64_t version) const;

  /// One call of one of the loader's functions returned.
  void count_call(const std::string& loader, const std::string& function, bool succeeded,
                  std::chrono::nanoseconds took);

  /// The functions that calls are counted of, all of them from the first one on.
  static const std::vector<std::string>& loader_functions();

  /// In Prometheus' text format, version 0.0.4.
  std::string text() const;

 private:
  std::vector<const MetricFamily*> shown_;
  mutable std::shared_mutex mutex_;
  AllSeries series_;  // guarded by mutex_, the maps in it too; not the values
};

}  // namespace ovserve
