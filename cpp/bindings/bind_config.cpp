#include <pybind11/operators.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "bindings/bindings.h"
#include "engine/model.h"
#include "loader/loader.h"
#include "repository/model_repository.h"
#include "repository/version_policy.h"

namespace py = pybind11;
using namespace py::literals;

namespace ovserve {
namespace {

void bind_loader_config(py::module_& m) {
  py::class_<LoaderConfig>(m, "LoaderConfig", "One custom_loader_config_list entry; library_path is absolute.")
      .def(py::init([](std::string name, std::string library_path, std::string config_file, bool disable_on_error,
                       std::string problem) {
             return LoaderConfig{std::move(name), std::move(library_path), std::move(config_file), disable_on_error,
                                 std::move(problem)};
           }),
           "name"_a, "library_path"_a, "config_file"_a = "", "disable_on_blacklist_error"_a = false, "problem"_a = "")
      .def_readwrite("name", &LoaderConfig::name)
      .def_readwrite("library_path", &LoaderConfig::library_path)
      .def_readwrite("config_file", &LoaderConfig::config_file)
      .def_readwrite("disable_on_blacklist_error", &LoaderConfig::disable_on_blacklist_error)
      .def_readwrite("problem", &LoaderConfig::problem)
      .def(py::self == py::self);
}

void bind_version_policy(py::module_& m) {
  py::class_<VersionPolicy>(m, "VersionPolicy", "Which of a model's versions should be served.")
      .def_static("all",
                  [] {
                    VersionPolicy policy;
                    policy.kind = VersionPolicy::Kind::kAll;
                    return policy;
                  })
      .def_static(
          "latest",
          [](std::uint32_t num_versions) {
            if (num_versions == 0) throw Error(ErrorCode::kInvalidArgument, "num_versions: expected 1 or more, got 0");
            VersionPolicy policy;
            policy.num_versions = num_versions;
            return policy;
          },
          "num_versions"_a = 1)
      .def_static(
          "specific",
          [](const std::vector<Version>& versions) {
            VersionPolicy policy;
            policy.kind = VersionPolicy::Kind::kSpecific;
            policy.versions = std::set<Version>(versions.begin(), versions.end());
            return policy;
          },
          "versions"_a)
      .def(py::self == py::self);
}

/// A dimension as Python gives it: (min, max) with None for no upper bound.
using Range = std::pair<std::int64_t, std::optional<std::int64_t>>;
using Ranges = std::map<std::string, std::optional<std::vector<Range>>>;

Dimension to_dimension(const Range& range, const char* option) {
  const std::int64_t max = range.second.value_or(Dimension::kAny);
  if (range.first < 1 || max < range.first) {
    throw Error(ErrorCode::kInvalidArgument, std::string(option) + ": expected 1 <= min <= max, got (" +
                                                 std::to_string(range.first) + ", " + std::to_string(max) + ")");
  }
  return {range.first, max};
}

Dimension batch_dimension(const std::optional<Range>& range) {
  return range ? to_dimension(*range, "batch_size") : Dimension::fixed(0);  // 0: as in the model
}

InputShapes input_shapes(const Ranges& given) {
  InputShapes shapes;
  for (const auto& [name, ranges] : given) {
    auto& shape = shapes[name];
    if (!ranges) continue;
    shape.emplace();
    for (const Range& range : *ranges) shape->push_back(to_dimension(range, "shapes"));
  }
  return shapes;
}

/// Per input or output: (what clients see, what the model has).
using Layouts = std::map<std::string, std::pair<std::string, std::string>>;

std::map<std::string, TensorLayout> tensor_layouts(const Layouts& given) {
  std::map<std::string, TensorLayout> layouts;
  for (const auto& [name, layout] : given) layouts.emplace(name, TensorLayout{layout.first, layout.second});
  return layouts;
}

ElementType to_element_type(const std::string& precision) {
  if (precision.empty()) return ElementType::kUndefined;
  for (auto type = ElementType::kBool; type != ElementType::kString;
       type = static_cast<ElementType>(static_cast<int>(type) + 1)) {
    if (precision == precision_name(type)) return type;
  }
  throw Error(ErrorCode::kInvalidArgument, "precision: \"" + precision + "\" is not known");
}

void bind_model_options(py::module_& m) {
  py::class_<ModelOptions>(m, "ModelOptions", "How a model is compiled.")
      .def(py::init([](std::string target_device, std::map<std::string, PluginValue> plugin_config, std::uint32_t nireq,
                       const std::optional<Range>& batch_size, const Ranges& shapes, const Layouts& layouts,
                       std::vector<float> mean, std::vector<float> scale,
                       std::pair<std::string, std::string> color_format,
                       const std::pair<std::string, std::string>& precision, std::string cache_dir) {
             ModelOptions options;
             options.target_device = std::move(target_device);
             options.plugin_config = std::move(plugin_config);
             options.nireq = nireq;
             options.batch_size = batch_dimension(batch_size);
             options.shapes = input_shapes(shapes);
             options.layouts = tensor_layouts(layouts);
             options.preprocessing = {to_element_type(precision.first),
                                      std::move(color_format.first),
                                      std::move(color_format.second),
                                      std::move(mean),
                                      std::move(scale),
                                      to_element_type(precision.second)};
             options.cache_dir = std::move(cache_dir);
             return options;
           }),
           "target_device"_a = "CPU", "plugin_config"_a = std::map<std::string, PluginValue>(), "nireq"_a = 0,
           "batch_size"_a = py::none(), "shapes"_a = Ranges(), "layouts"_a = Layouts(), "mean"_a = std::vector<float>(),
           "scale"_a = std::vector<float>(), "color_format"_a = std::pair<std::string, std::string>(),
           "precision"_a = std::pair<std::string, std::string>(), "cache_dir"_a = "")
      .def(py::self == py::self);
}

void bind_model_config(py::module_& m) {
  py::class_<ModelConfig>(m, "ModelConfig", "One model_config_list entry with what exists on disk.")
      .def(py::init([](std::string name, std::string base_path, ModelOptions options, VersionPolicy version_policy,
                       std::optional<std::map<Version, std::string>> versions, std::string loader_name,
                       std::string loader_options, std::string loader_options_key, std::string problem,
                       std::map<Version, std::string> mappings) {
             ModelConfig config;
             config.name = std::move(name);
             config.base_path = std::move(base_path);
             config.options = std::move(options);
             config.version_policy = std::move(version_policy);
             config.versions = std::move(versions);
             config.loader_name = std::move(loader_name);
             config.loader_options = std::move(loader_options);
             config.loader_options_key = std::move(loader_options_key);
             config.problem = std::move(problem);
             config.mappings = std::move(mappings);
             return config;
           }),
           "name"_a, "base_path"_a, "options"_a, "version_policy"_a, "versions"_a, "loader_name"_a = "",
           "loader_options"_a = "", "loader_options_key"_a = "", "problem"_a = "",
           "mappings"_a = std::map<Version, std::string>())
      .def_readonly("name", &ModelConfig::name)
      .def_readonly("base_path", &ModelConfig::base_path)
      .def_readonly("versions", &ModelConfig::versions)
      .def_readonly("loader_name", &ModelConfig::loader_name)
      .def_readonly("loader_options", &ModelConfig::loader_options)
      .def_readonly("problem", &ModelConfig::problem)
      .def_readonly("mappings", &ModelConfig::mappings);
}

}  // namespace

void bind_config(py::module_& m) {
  bind_loader_config(m);
  bind_version_policy(m);
  bind_model_options(m);
  bind_model_config(m);
}

}  // namespace ovserve
