#include "metrics/metric_families.h"

#include <array>
#include <string>

namespace ovserve {
namespace {

template <typename Write>
void for_each_version(const AllSeries& all, const Write& write) {
  for (const auto& [name, model] : all.models) {
    for (const auto& [version, series] : model->versions) write(name, std::to_string(version), *series);
  }
}

template <Counter RequestCounts::* outcome>
void write_requests(const AllSeries& all, FamilyText& text) {
  for (const auto& [name, model] : all.models) {
    for (const Method method : kMethods) {
      for (const Interface interface : kInterfaces) {
        const char* const api = api_of(method);
        if (!is_about_a_version(method)) {
          text.sample({{"name", name}, {"api", api}, {"interface", name_of(interface)}, {"method", name_of(method)}},
                      (model->requests.at(method, interface).*outcome).value());
          continue;
        }
        for (const auto& [version, series] : model->versions) {
          text.sample({{"name", name},
                       {"version", std::to_string(version)},
                       {"api", api},
                       {"interface", name_of(interface)},
                       {"method", name_of(method)}},
                      (series->requests.at(method, interface).*outcome).value());
        }
      }
    }
  }
}

template <auto member>
void write_value(const AllSeries& all, FamilyText& text) {
  for_each_version(all, [&](const std::string& name, const std::string& version, const VersionSeries& series) {
    text.sample({{"name", name}, {"version", version}}, (series.*member).value());
  });
}

template <Histogram VersionSeries::* member>
void write_histogram(const AllSeries& all, FamilyText& text) {
  for_each_version(all, [&](const std::string& name, const std::string& version, const VersionSeries& series) {
    text.histogram({{"name", name}, {"version", version}}, (series.*member).snapshot());
  });
}

template <PerInterface<Counter> VersionSeries::* member>
void write_per_interface(const AllSeries& all, FamilyText& text) {
  for_each_version(all, [&](const std::string& name, const std::string& version, const VersionSeries& series) {
    for (const Interface interface : kInterfaces) {
      text.sample({{"name", name}, {"version", version}, {"interface", name_of(interface)}},
                  (series.*member)[interface].value());
    }
  });
}

void write_request_time(const AllSeries& all, FamilyText& text) {
  for_each_version(all, [&](const std::string& name, const std::string& version, const VersionSeries& series) {
    for (const Interface interface : kInterfaces) {
      text.histogram({{"name", name}, {"version", version}, {"interface", name_of(interface)}},
                     series.request_time[interface].snapshot());
    }
  });
}

template <typename ValueOf>
void write_calls(const AllSeries& all, FamilyText& text, const ValueOf& value_of) {
  constexpr std::array kResults{"fail", "success"};
  for (const auto& [name, loader] : all.loaders) {
    for (const auto& [function, results] : loader->functions) {
      for (std::size_t i = 0; i < results.size(); ++i) {
        text.sample({{"loader", name}, {"function", function}, {"result", kResults.at(i)}}, value_of(results.at(i)));
      }
    }
  }
}

void write_call_count(const AllSeries& all, FamilyText& text) {
  write_calls(all, text, [](const CallCounts& counts) { return counts.calls.value(); });
}

void write_call_time(const AllSeries& all, FamilyText& text) {
  constexpr std::uint64_t kPerMicrosecond = 1000;
  write_calls(all, text, [](const CallCounts& counts) { return counts.time_ns.value() / kPerMicrosecond; });
}

// Pipelines and graphs are not served, so these have no series; a list that names them is still a valid one.
void write_nothing(const AllSeries& /*all*/, FamilyText& /*text*/) {}

using Series = VersionSeries;

constexpr std::array kFamilies{
    MetricFamily{"ovms_requests_success", "counter", true, "Number of successful requests to a model.",
                 write_requests<&RequestCounts::success>},
    MetricFamily{"ovms_requests_fail", "counter", true, "Number of failed requests to a model.",
                 write_requests<&RequestCounts::fail>},
    MetricFamily{"ovms_request_time_us", "histogram", true, "Processing time of successful inference requests.",
                 write_request_time},
    MetricFamily{"ovms_inference_time_us", "histogram", true, "Inference execution time on the device.",
                 write_histogram<&Series::inference_time>},
    MetricFamily{"ovms_wait_for_infer_req_time_us", "histogram", true,
                 "Time that requests waited for an infer request.", write_histogram<&Series::wait_for_request_time>},
    MetricFamily{"ovms_streams", "gauge", true, "Number of execution streams.", write_value<&Series::streams>},
    MetricFamily{"ovms_current_requests", "gauge", true, "Number of inference requests being processed.",
                 write_value<&Series::current_requests>},
    MetricFamily{"ovms_infer_req_queue_size", "gauge", false, "Number of infer requests that may run at the same time.",
                 write_value<&Series::infer_requests>},
    MetricFamily{"ovms_infer_req_active", "gauge", false, "Number of infer requests in use.",
                 write_value<&Series::active_requests>},
    MetricFamily{"ovserve_waiting_requests", "gauge", true, "Number of requests waiting for an infer request.",
                 write_value<&Series::waiting_requests>},
    MetricFamily{"ovserve_request_bytes", "counter", true, "Size of the bodies of inference requests.",
                 write_per_interface<&Series::request_bytes>},
    MetricFamily{"ovserve_response_bytes", "counter", true, "Size of the bodies of answers to inference requests.",
                 write_per_interface<&Series::response_bytes>},
    MetricFamily{"ovserve_load_time_us", "histogram", true, "Time of successful loads, the loader's part included.",
                 write_histogram<&Series::load_time>},
    MetricFamily{"ovserve_loads_fail", "counter", true, "Number of failed loads.", write_value<&Series::failed_loads>},
    MetricFamily{"ovserve_blacklisted", "gauge", true, "1 while the custom loader blacklists the version.",
                 write_value<&Series::blacklisted>},
    MetricFamily{"ovserve_loader_calls", "counter", true, "Number of calls into a custom loader that returned.",
                 write_call_count},
    MetricFamily{"ovserve_loader_call_time_us", "counter", true, "Time spent in calls into a custom loader.",
                 write_call_time},
    MetricFamily{"ovms_current_graphs", "gauge", false, "", write_nothing},
    MetricFamily{"ovms_requests_accepted", "counter", false, "", write_nothing},
    MetricFamily{"ovms_requests_rejected", "counter", false, "", write_nothing},
    MetricFamily{"ovms_responses", "counter", false, "", write_nothing},
    MetricFamily{"ovms_graph_error", "counter", false, "", write_nothing},
    MetricFamily{"ovms_graph_processing_time_us", "histogram", false, "", write_nothing},
    MetricFamily{"ovms_graph_request_latency_us", "histogram", false, "", write_nothing},
};

}  // namespace

std::span<const MetricFamily> metric_families() noexcept { return kFamilies; }

}  // namespace ovserve
