#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/bindings.h"
#include "bindings/bytes_sink.h"
#include "bindings/core.h"
#include "bindings/numpy_tensors.h"
#include "bindings/python_text.h"
#include "codec/tfs_rest.h"
#include "metrics/metrics.h"
#include "serving/encoded_inputs.h"
#include "serving/request_validation.h"
#include "serving/requested_version.h"

namespace py = pybind11;
using namespace py::literals;

namespace ovserve {
namespace {

using ReleaseGil = py::call_guard<py::gil_scoped_release>;
using OptionalVersion = std::optional<Version>;
using GrpcFunction = void (InferenceService::*)(std::string_view request, ByteSink& reply);

constexpr double kLongest_s = 1e9;  // longer times would overflow a count of milliseconds in a clock's time point

std::chrono::milliseconds milliseconds(double seconds, const char* name) {
  if (!(seconds >= 0)) {
    throw Error(ErrorCode::kInvalidArgument, std::string(name) + ": expected a number of seconds >= 0");
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds, kLongest_s) * 1000));
}

std::string_view view(const py::bytes& bytes) {
  return {PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

/// A request message in, a reply message out: both stay where Python has them, and nothing in
/// between holds the GIL. The caller's frame keeps `request` alive.
template <GrpcFunction function>
py::bytes answer(Core& core, const py::bytes& request) {
  BytesSink reply;
  {
    const std::string_view message = view(request);
    const py::gil_scoped_release release;
    (core.service().*function)(message, reply);
  }
  return reply.take();
}

/// The same for functions that return their reply as a string.
template <typename Function>
py::bytes answer_json(Function&& function) {
  std::string reply;
  {
    const py::gil_scoped_release release;
    reply = function();
  }
  return {reply.data(), reply.size()};
}

std::pair<py::bytes, std::optional<std::size_t>> kserve_rest_infer(Core& core, const std::string& model,
                                                                   OptionalVersion version, const py::bytes& body,
                                                                   std::optional<std::size_t> header_length) {
  BytesSink reply;
  std::optional<std::size_t> reply_header_length;
  {
    const std::string_view request = view(body);
    const py::gil_scoped_release release;
    reply_header_length = core.service().kserve_rest_infer(model, version, request, header_length, reply);
  }
  return {reply.take(), reply_header_length};
}

py::dict infer(Core& core, const std::string& model, const py::dict& inputs, OptionalVersion version) {
  ModelLease lease;
  {
    const py::gil_scoped_release release;
    lease = core.repository().acquire(model, requested(version));
  }
  const Signature& signature = lease.model->signature();
  NumpyInputs arrays(inputs, signature);
  std::unique_ptr<InferResult> result;
  {
    const py::gil_scoped_release release;
    convert_encoded_inputs(signature, arrays.tensors(), core.image_limits());
    result = lease.model->infer(validate_inputs(signature, arrays.tensors()));
  }
  return to_numpy(signature, result->outputs());
}

py::dict all_status(Core& core) {
  std::vector<ModelStatus> models;
  {
    const py::gil_scoped_release release;
    models = core.repository().all_status();
  }
  py::dict result;
  for (ModelStatus& model : models) result[to_python_text(model.name)] = py::cast(std::move(model.versions));
  return result;
}

double epoch_s(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

py::list loader_trace(const Core& core) {
  std::vector<TracedCall> calls;
  {
    const py::gil_scoped_release release;
    calls = core.loader_trace().calls();
  }
  py::list result;
  for (const TracedCall& call : calls) {
    py::dict entry;
    entry["loader"] = to_python_text(call.loader);
    entry["library"] = to_python_text(call.library);
    entry["function"] = to_python_text(call.function);
    entry["model"] = call.model.empty() ? py::object(py::none()) : py::object(to_python_text(call.model));
    entry["version"] = call.version == 0 ? py::object(py::none()) : py::object(py::int_(call.version));
    entry["arguments"] = to_python_text(call.arguments);
    entry["thread"] = call.thread;
    entry["start"] = epoch_s(call.start);
    entry["duration_s"] = std::chrono::duration<double>(call.duration).count();
    entry["running"] = call.running;
    entry["result"] = to_python_text(call.result);
    entry["count"] = call.count;
    entry["last_start"] = epoch_s(call.last_start);
    result.append(std::move(entry));
  }
  return result;
}

std::unique_ptr<Core> make_core(double load_wait_s, std::size_t max_waiting_requests, double loader_call_deadline_s,
                                double blacklist_deadline_s, std::size_t load_threads,
                                const std::optional<std::vector<std::string>>& metrics,
                                const std::string& cpu_extension, std::size_t max_json_depth,
                                std::size_t max_image_pixels) {
  if (load_threads == 0) throw Error(ErrorCode::kInvalidArgument, "load_threads: expected 1 or more, got 0");
  RepositoryOptions options;
  options.load_wait = milliseconds(load_wait_s, "load_wait_s");
  options.max_waiting_requests = max_waiting_requests;
  options.loader_call_deadline = milliseconds(loader_call_deadline_s, "loader_call_deadline_s");
  options.blacklist_deadline = milliseconds(blacklist_deadline_s, "blacklist_deadline_s");
  options.load_threads = load_threads;
  CoreOptions core_options;
  core_options.repository = std::move(options);
  if (metrics) core_options.metrics = std::make_shared<Metrics>(*metrics);
  core_options.cpu_extension = cpu_extension;
  core_options.request_limits = {max_json_depth, ImageLimits{max_image_pixels}};
  return std::make_unique<Core>(std::move(core_options));
}

using CoreClass = py::class_<Core>;

void bind_repository(CoreClass& core) {
  core.def(
      "apply",
      [](Core& self, const std::vector<LoaderConfig>& loaders, const std::vector<ModelConfig>& models, bool wait,
         bool retry_now) { return self.repository().apply({loaders, models}, wait, retry_now); },
      "loaders"_a, "models"_a, "wait"_a, "retry_now"_a, ReleaseGil());
  core.def(
      "check_blacklist", [](Core& self, bool wait) { return self.repository().check_blacklist(wait); }, "wait"_a,
      ReleaseGil());
  core.def(
      "status",
      [](Core& self, const std::string& model, OptionalVersion version) {
        return self.repository().status(model, version).versions;
      },
      "model"_a, "version"_a = py::none(), ReleaseGil());
  core.def("all_status", &all_status);
  core.def(
      "signature",
      [](Core& self, const std::string& model, OptionalVersion version) {
        const Signature signature = self.repository().acquire_now(model, requested(version)).model->signature();
        return std::pair(signature.inputs, signature.outputs);
      },
      "model"_a, "version"_a = py::none(), ReleaseGil());
  core.def("infer", &infer, "model"_a, "inputs"_a, "version"_a = py::none());
  core.def("loader_trace", &loader_trace);
  core.def("set_ready", [](Core& self, bool ready) { self.service().set_ready(ready); }, "ready"_a);
  core.def("ready", [](Core& self) { return self.service().ready(); });
  core.def(
      "stop", [](Core& self, double deadline_s) { return self.stop(milliseconds(deadline_s, "deadline_s")); },
      "deadline_s"_a, ReleaseGil());
}

void bind_grpc(CoreClass& core) {
  using Service = InferenceService;
  core.def("tfs_predict", &answer<&Service::tfs_predict>, "request"_a);
  core.def("tfs_get_model_metadata", &answer<&Service::tfs_get_model_metadata>, "request"_a);
  core.def("tfs_get_model_status", &answer<&Service::tfs_get_model_status>, "request"_a);
  core.def("kserve_server_live", &answer<&Service::kserve_server_live>, "request"_a);
  core.def("kserve_server_ready", &answer<&Service::kserve_server_ready>, "request"_a);
  core.def("kserve_model_ready", &answer<&Service::kserve_model_ready>, "request"_a);
  core.def("kserve_server_metadata", &answer<&Service::kserve_server_metadata>, "request"_a);
  core.def("kserve_model_metadata", &answer<&Service::kserve_model_metadata>, "request"_a);
  core.def("kserve_model_infer", &answer<&Service::kserve_model_infer>, "request"_a);
  core.def("kserve_model_stream_infer", &answer<&Service::kserve_model_stream_infer>, "request"_a);
  core.def("health_check", &answer<&Service::health_check>, "request"_a);
}

void bind_rest(CoreClass& core) {
  core.def(
      "rest_predict",
      [](Core& self, const std::string& model, OptionalVersion version, const py::bytes& body) {
        const std::string_view text = view(body);
        return answer_json([&] { return self.service().rest_predict(model, version, text); });
      },
      "model"_a, "version"_a.none(true), "body"_a);
  core.def(
      "rest_metadata",
      [](Core& self, const std::string& model, OptionalVersion version) {
        return answer_json([&] { return self.service().rest_metadata(model, version); });
      },
      "model"_a, "version"_a.none(true));
  core.def(
      "rest_status",
      [](Core& self, const std::string& model, OptionalVersion version) {
        return answer_json([&] { return self.service().rest_status(model, version); });
      },
      "model"_a, "version"_a.none(true));
  core.def("kserve_rest_infer", &kserve_rest_infer, "model"_a, "version"_a.none(true), "body"_a,
           "header_length"_a.none(true));
  core.def(
      "kserve_rest_model_metadata",
      [](Core& self, const std::string& model, OptionalVersion version) {
        return answer_json([&] { return self.service().kserve_rest_model_metadata(model, version); });
      },
      "model"_a, "version"_a.none(true));
  core.def("rest_config_status",
           [](Core& self) { return answer_json([&] { return self.service().rest_config_status(); }); });
  core.def(
      "rest_error",
      [](const Core&, const std::string& message) {
        return answer_json([&] { return tfs_rest::write_error(message); });
      },
      "message"_a);
  core.def(
      "model_ready",
      [](Core& self, const std::string& model, OptionalVersion version) {
        return self.service().model_ready(model, version);
      },
      "model"_a, "version"_a = py::none(), ReleaseGil());
  core.def("metrics_text", [](Core& self) { return answer_json([&] { return self.service().metrics_text(); }); });
}

py::dict metric_family_names() {
  py::dict names;
  for (const MetricFamily& family : metric_families()) names[py::str(family.name)] = family.by_default;
  return names;
}

}  // namespace

void bind_core(py::module_& m) {
  CoreClass core(m, "Core", "Engine, loaders, repository and protocol codecs of one server.",
                 py::release_gil_before_calling_cpp_dtor());
  core.def(py::init(&make_core), "load_wait_s"_a = 10.0, "max_waiting_requests"_a = 8,
           "loader_call_deadline_s"_a = 60.0, "blacklist_deadline_s"_a = 5.0, "load_threads"_a = 2,
           "metrics"_a = py::none(), "cpu_extension"_a = "", "max_json_depth"_a = RequestLimits{}.json_depth,
           "max_image_pixels"_a = ImageLimits{}.image_pixels);
  m.def("metric_families", &metric_family_names);
  bind_repository(core);
  bind_grpc(core);
  bind_rest(core);
}

}  // namespace ovserve
