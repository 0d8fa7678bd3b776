#include <pybind11/pybind11.h>

#include <algorithm>

#include "base/log.h"
#include "bindings/bindings.h"
#include "bindings/log_queue.h"
#include "bindings/python_text.h"

namespace py = pybind11;

namespace ovserve {
namespace {

constexpr std::size_t kCapacity = 10'000;
constexpr double kLongestWait_s = 3600.0;  // condition variables overflow on absurd timeouts

/// Never destroyed: a loader's call that hangs at exit may still log.
LogQueue& log_queue() {
  static auto* const queue = new LogQueue(kCapacity);
  return *queue;
}

py::list next_log_records(double timeout_s) {
  const std::chrono::duration<double> timeout(std::clamp(timeout_s, 0.0, kLongestWait_s));
  std::vector<LogRecord> records;
  {
    const py::gil_scoped_release release;
    records = log_queue().pop_all(timeout);
  }
  py::list result;
  for (const LogRecord& record : records) {
    result.append(py::make_tuple(record.level, to_python_text(record.logger), to_python_text(record.text)));
  }
  return result;
}

}  // namespace

void bind_log(py::module_& m) {
  set_log_sink(
      [](LogLevel level, std::string_view logger, std::string_view text) { log_queue().push(level, logger, text); });
  m.def("next_log_records", &next_log_records, py::arg("timeout_s"),
        "Wait for core log lines: (logging level, logger name, text). Empty after the timeout.");
  m.def(
      "set_log_level", [](int level) { log_queue().set_level(level); }, py::arg("level"),
      "Drop core log lines below this level of Python's logging at their source.");
}

}  // namespace ovserve
