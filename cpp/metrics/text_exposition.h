#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "metrics/histogram.h"

namespace ovserve {

/// Writes one family in Prometheus' text format 0.0.4. A family without samples leaves no trace.
class FamilyText {
 public:
  FamilyText(std::string& out, std::string_view name, std::string_view type, std::string_view help);

  /// `name="value",...` with the values escaped.
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, std::int64_t value);
  void histogram(Labels labels, const Histogram::Snapshot& snapshot);

 private:
  void line(std::string_view suffix, std::string_view labels, std::string_view value);

  std::string& out_;
  std::string_view name_;
  std::string_view type_;
  std::string_view help_;
  bool begun_ = false;
};

/// Nanoseconds as microseconds in decimal.
std::string microseconds_text(std::uint64_t nanoseconds);

}  // namespace ovserve
