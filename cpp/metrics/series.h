#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "metrics/counter.h"
#include "metrics/histogram.h"

namespace ovserve {

/// How a request came in.
enum class Interface : std::uint8_t { kGrpc, kRest };
constexpr std::array kInterfaces{Interface::kGrpc, Interface::kRest};
const char* name_of(Interface interface) noexcept;

/// What a request asked for; the names of the first three are KServe's, of the others TensorFlow Serving's.
enum class Method : std::uint8_t {
  kModelInfer,
  kModelMetadata,
  kModelReady,
  kPredict,
  kGetModelMetadata,
  kGetModelStatus,
};
constexpr std::array kMethods{Method::kModelInfer, Method::kModelMetadata,    Method::kModelReady,
                              Method::kPredict,    Method::kGetModelMetadata, Method::kGetModelStatus};
const char* name_of(Method method) noexcept;
const char* api_of(Method method) noexcept;

/// Questions about a model's state are counted per model, everything else per version.
bool is_about_a_version(Method method) noexcept;
bool is_inference(Method method) noexcept;

/// One value per interface.
template <typename Value>
class PerInterface {
 public:
  Value& operator[](Interface interface) noexcept { return values_[static_cast<std::size_t>(interface)]; }
  const Value& operator[](Interface interface) const noexcept { return values_[static_cast<std::size_t>(interface)]; }

 private:
  std::array<Value, kInterfaces.size()> values_;
};

struct RequestCounts {
  Counter success;
  Counter fail;
};

/// Counts per method and interface.
class RequestTable {
 public:
  RequestCounts& at(Method method, Interface interface) noexcept {
    return counts_[static_cast<std::size_t>(method)][interface];
  }
  const RequestCounts& at(Method method, Interface interface) const noexcept {
    return counts_[static_cast<std::size_t>(method)][interface];
  }

 private:
  std::array<PerInterface<RequestCounts>, kMethods.size()> counts_;
};

/// Everything measured of one model version. Writing needs no lock.
struct VersionSeries {
  RequestTable requests;
  PerInterface<Histogram> request_time;  ///< of inferences that succeeded
  PerInterface<Counter> request_bytes;
  PerInterface<Counter> response_bytes;
  Gauge current_requests;
  Histogram inference_time;
  Histogram wait_for_request_time;

  Gauge streams;
  Gauge infer_requests;
  Gauge active_requests;
  Gauge waiting_requests;

  Histogram load_time;
  Counter failed_loads;
  Gauge blacklisted;
};

/// Everything measured of one model. `versions` belongs to the lock of Metrics.
struct ModelSeries {
  RequestTable requests;
  std::map<std::int64_t, std::shared_ptr<VersionSeries>> versions;
};

/// Calls of one function of a loader.
struct CallCounts {
  Counter calls;
  Counter time_ns;
};

/// Everything measured of one custom loader: per function, failed ([0]) and successful ([1]) calls.
struct LoaderSeries {
  std::map<std::string, std::array<CallCounts, 2>> functions;  // keys are fixed when it is made
};

}  // namespace ovserve
