#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bindings/bindings.h"
#include "bindings/loader_path.h"
#include "bindings/python_gate.h"
#include "bindings/scripted_loader.h"

namespace py = pybind11;
using namespace py::literals;

namespace ovserve {
namespace {

using ReleaseGil = py::call_guard<py::gil_scoped_release>;

/// What memoryviews export: one buffer, alive as long as any view of it.
struct BufferView {
  Buffer buffer;
};

py::buffer_info describe(const BufferView& view) {
  static const std::uint8_t nothing = 0;  // an empty buffer needs an address, too
  const std::uint8_t* const data = view.buffer.data != nullptr ? view.buffer.data : &nothing;
  return {data, static_cast<py::ssize_t>(view.buffer.size), true};
}

py::memoryview view_of(const Buffer& buffer) { return py::memoryview(py::cast(BufferView{buffer})); }

void bind_loaded_buffers(py::module_& m) {
  py::class_<BufferView>(m, "_BufferView", py::buffer_protocol()).def_buffer(&describe);
  py::class_<ModelBuffers>(m, "LoadedBuffers",
                           "What a loader handed over: memory that lives as long as this object or any view of it.")
      .def_property_readonly("kind", [](const ModelBuffers& buffers) { return name_of(buffers.kind); })
      .def_property_readonly("model", [](const ModelBuffers& buffers) { return view_of(buffers.model); })
      .def_property_readonly("weights", [](const ModelBuffers& buffers) { return view_of(buffers.weights); });
}

}  // namespace

void bind_custom_loader(py::module_& m) {
  watch_the_end_of_python();
  bind_loaded_buffers(m);
  py::class_<ScriptedLoader>(m, "CustomLoader", "One loader object, driven without a server. Calls do not overlap.",
                             py::release_gil_before_calling_cpp_dtor())
      .def("load", &ScriptedLoader::load, "name"_a, "base_path"_a, "version"_a, "options"_a, ReleaseGil())
      .def("blacklisted", &ScriptedLoader::blacklisted, "name"_a, "version"_a, ReleaseGil())
      .def("unload", &ScriptedLoader::unload, "name"_a, "version"_a, ReleaseGil())
      .def("retire", &ScriptedLoader::retire, "name"_a, ReleaseGil())
      .def("deinit", &ScriptedLoader::deinit, ReleaseGil());
  m.def(
      "create_custom_loader", [](const LoaderConfig& config) { return std::make_unique<ScriptedLoader>(config); },
      "config"_a, ReleaseGil(), "Open the library, create its loader and initialise it.");
  m.def(
      "python_loader_path",
      [](const std::string& text) -> std::optional<std::pair<std::string, std::string>> {
        auto path = python_loader_path(text);
        if (!path) return std::nullopt;
        return std::pair(std::move(path->source), std::move(path->class_name));
      },
      "text"_a, "File or module, and class, of a library_path that names Python; None for a shared library.");
}

}  // namespace ovserve
