#include "measurement/measurement.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace ovserve::bench {
namespace {

using nlohmann::json;
using Microseconds = std::chrono::duration<double, std::micro>;
using Seconds = std::chrono::duration<double>;

// Of its time; beyond it the generator cannot be told from the server.
constexpr double kBusyShare = 0.9;

// Of sorted values, nearest rank; null where there are too few of them to say.
json percentile(const std::vector<Clock::duration>& sorted, double share) {
  const double least = 1.0 / (1.0 - share);
  if (static_cast<double>(sorted.size()) < least - 0.5) return nullptr;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return Microseconds(sorted[std::max<std::size_t>(rank, 1) - 1]).count();
}

}  // namespace

void Measurement::begin(Clock::time_point now) {
  latencies_.clear();
  failures_ = 0;
  at_begin_ = processor_time(watched_);
  began_ = now;
  has_begun_ = true;
}

void Measurement::end(Clock::time_point now) {
  at_end_ = processor_time(watched_);
  ended_ = now;
}

void Measurement::add(const Outcome& outcome, Clock::time_point now) {
  if (!outcome.failure.empty()) {
    ++failures_;
    if (first_failure_.empty()) first_failure_ = outcome.failure;
    return;
  }
  if (!first_answer_) first_answer_ = now;
  latencies_.push_back(now - outcome.started);
  reply_bytes_ = outcome.reply_bytes;
}

json Measurement::report() const {
  std::vector<Clock::duration> sorted = latencies_;
  std::sort(sorted.begin(), sorted.end());
  const double seconds = Seconds(ended_ - began_).count();
  const auto requests = static_cast<double>(sorted.size());
  const auto per_request = [requests](std::chrono::nanoseconds time) -> json {
    return requests == 0 ? json(nullptr) : json(Microseconds(time).count() / requests);
  };
  const double running = Seconds(at_end_.own - at_begin_.own).count() / seconds;
  const double waiting = Seconds(at_end_.own_waiting - at_begin_.own_waiting).count() / seconds;

  json report;
  report["requests"] = sorted.size();
  report["failures"] = failures_;
  report["first_failure"] = first_failure_;
  report["seconds"] = seconds;
  report["requests_per_s"] = requests / seconds;
  report["latency_us"] = {
      {"p50", percentile(sorted, 0.5)}, {"p99", percentile(sorted, 0.99)}, {"p99.9", percentile(sorted, 0.999)}};
  report["reply_bytes"] = reply_bytes_;
  report["client"] = {{"cpu_us_per_request", per_request(at_end_.own - at_begin_.own)},
                      {"running_share", running},
                      {"waiting_share", waiting},
                      {"is_bottleneck", running + waiting > kBusyShare}};
  report["watched_cpu_us_per_request"] =
      watched_.empty() ? json(nullptr) : per_request(at_end_.watched - at_begin_.watched);
  report["first_answer_at_s"] =
      first_answer_ ? json(Seconds(first_answer_->time_since_epoch()).count()) : json(nullptr);
  return report;
}

}  // namespace ovserve::bench
