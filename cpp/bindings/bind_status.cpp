#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "base/signature.h"
#include "bindings/bindings.h"
#include "bindings/python_text.h"
#include "repository/model_repository.h"

namespace py = pybind11;

namespace ovserve {

void bind_status(py::module_& m) {
  py::class_<VersionStatus>(m, "VersionStatus", "State of one version: START, LOADING, AVAILABLE, UNLOADING or END.")
      .def_readonly("version", &VersionStatus::version)
      .def_property_readonly("state", [](const VersionStatus& status) { return name_of(status.state); })
      .def_readonly("failed", &VersionStatus::failed)
      .def_property_readonly("error_code", [](const VersionStatus& status) { return status.failed ? "UNKNOWN" : "OK"; })
      .def_property_readonly("error_message",
                             [](const VersionStatus& status) { return to_python_text(status.error_message()); })
      .def("__repr__", [](const VersionStatus& status) {
        return to_python_text("<VersionStatus " + std::to_string(status.version) + " " + name_of(status.state) + " " +
                              status.error_message() + ">");
      });

  py::class_<PassResult::Failure>(m, "Failure", "What went wrong in a pass; model is empty and version 0 for a loader.")
      .def_property_readonly("model", [](const PassResult::Failure& failure) { return to_python_text(failure.model); })
      .def_readonly("version", &PassResult::Failure::version)
      .def_property_readonly("code", [](const PassResult::Failure& failure) { return name_of(failure.code); })
      .def_property_readonly("cause", [](const PassResult::Failure& failure) { return to_python_text(failure.cause); });

  py::class_<PassResult>(m, "PassResult", "What one pass of the repository did.")
      .def_readonly("changed", &PassResult::changed)
      .def_readonly("failures", &PassResult::failures);

  py::class_<TensorInfo>(m, "TensorInfo", "Name, precision and shape (-1: not fixed) of one input or output.")
      .def_property_readonly("name", [](const TensorInfo& info) { return to_python_text(info.name); })
      .def_property_readonly("precision", [](const TensorInfo& info) { return precision_name(info.type); })
      .def_property_readonly("shape", &TensorInfo::shape_on_wire)
      .def("__repr__", [](const TensorInfo& info) {
        return to_python_text("<TensorInfo " + info.name + " " + precision_name(info.type) + " " +
                              to_string(info.shape) + ">");
      });
}

}  // namespace ovserve
