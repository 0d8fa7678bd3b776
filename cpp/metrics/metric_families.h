#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "metrics/series.h"
#include "metrics/text_exposition.h"

namespace ovserve {

/// The series of all models and loaders, by name.
struct AllSeries {
  std::map<std::string, std::shared_ptr<ModelSeries>, std::less<>> models;
  std::map<std::string, std::shared_ptr<LoaderSeries>, std::less<>> loaders;
};

/// One name on the wire, and where its samples come from.
struct MetricFamily {
  std::string_view name;
  std::string_view type;  ///< "counter", "gauge" or "histogram"
  bool by_default;        ///< shown when the configuration lists no families
  std::string_view help;
  void (*write)(const AllSeries& series, FamilyText& text);
};

/// Every family that a configuration may list, in the order in which they are written.
/// Names and labels of those beginning with ovms_ are OpenVINO Model Server's.
std::span<const MetricFamily> metric_families() noexcept;

}  // namespace ovserve
