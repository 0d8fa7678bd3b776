#include "engine/preprocessing.h"

#include <algorithm>
#include <exception>
#include <map>
#include <openvino/core/preprocess/pre_post_process.hpp>
#include <string>

#include "base/error.h"
#include "engine/element_types.h"
#include "engine/model_ports.h"
#include "engine/openvino_reason.h"
#include "engine/tensor_lookup.h"

namespace ovserve {
namespace {

using Steps = ov::preprocess::PrePostProcessor;
using Ports = std::vector<ov::Output<ov::Node>>;

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, what + " does not fit: " + why);
}

std::string describe(const TensorLayout& layout) {
  return layout.client == layout.model ? layout.model : layout.client + ":" + layout.model;
}

void check_rank(const std::string& key, const std::string& layout, const ov::PartialShape& shape) {
  if (shape.rank().is_dynamic()) return;
  const bool open = layout.find("...") != std::string::npos;
  const std::size_t named = layout.size() - (open ? 3 : 0);
  if (open ? named <= shape.size() : named == shape.size()) return;
  refuse(key, "the tensor has " + std::to_string(shape.size()) + " dimensions");
}

bool has(const Ports& ports, const std::string& name) {
  return std::any_of(ports.begin(), ports.end(), [&name](const auto& port) { return name_of(port) == name; });
}

void set_input_layout(Steps& steps, ov::Model& model, std::size_t number, const TensorLayout& layout) {
  const std::string key = "layout " + describe(layout);
  for (const std::string& order : {layout.model, layout.client}) {
    check_rank(key, order, model.input(number).get_partial_shape());
  }
  steps.input(number).tensor().set_layout(ov::Layout(layout.client));
  steps.input(number).model().set_layout(ov::Layout(layout.model));
}

void set_output_layout(Steps& steps, ov::Model& model, std::size_t number, const TensorLayout& layout) {
  const std::string key = "layout " + describe(layout);
  for (const std::string& order : {layout.model, layout.client}) {
    check_rank(key, order, model.output(number).get_partial_shape());
  }
  steps.output(number).model().set_layout(ov::Layout(layout.model));
  steps.output(number).tensor().set_layout(ov::Layout(layout.client));
}

void set_layouts(Steps& steps, ov::Model& model, const std::map<std::string, TensorLayout>& layouts) {
  for (const auto& [name, layout] : layouts) {
    if (!name.empty() && !has(model.inputs(), name) && has(model.outputs(), name)) {
      set_output_layout(steps, model, find_tensor(model.outputs(), name, "layout", "output"), layout);
    } else {
      set_input_layout(steps, model, find_tensor(model.inputs(), name, "layout", "input"), layout);
    }
  }
}

std::string keys_of(const InputPreprocessing& wanted) {
  std::string keys;
  const auto add = [&keys](bool given, const char* key) {
    if (given) keys += (keys.empty() ? "" : ", ") + std::string(key);
  };
  add(!wanted.mean.empty(), "mean");
  add(!wanted.scale.empty(), "scale");
  add(!wanted.client_color.empty(), "color_format");
  add(wanted.precision != ElementType::kUndefined, "precision");
  return keys;
}

ov::preprocess::ColorFormat color_format(const std::string& name) {
  using ov::preprocess::ColorFormat;
  static const std::map<std::string, ColorFormat> kFormats{{"RGB", ColorFormat::RGB},
                                                           {"BGR", ColorFormat::BGR},
                                                           {"GRAY", ColorFormat::GRAY},
                                                           {"RGBX", ColorFormat::RGBX},
                                                           {"BGRX", ColorFormat::BGRX},
                                                           {"NV12", ColorFormat::NV12_SINGLE_PLANE},
                                                           {"I420", ColorFormat::I420_SINGLE_PLANE}};
  const auto found = kFormats.find(name);
  if (found == kFormats.end()) throw Error(ErrorCode::kInvalidArgument, "color_format: \"" + name + "\" is not known");
  return found->second;
}

// Colors first: mean and scale are given in the order of the model's channels.
void set_steps(Steps& steps, ov::Model& model, const InputPreprocessing& wanted) {
  auto& input = steps.input(0);
  ov::element::Type type = model.input(0).get_element_type();
  if (wanted.precision != ElementType::kUndefined) {
    type = to_openvino(wanted.precision);
    input.tensor().set_element_type(type);
  }
  if (!wanted.client_color.empty()) {
    input.tensor().set_color_format(color_format(wanted.client_color));
    if (wanted.client_color != wanted.model_color) input.preprocess().convert_color(color_format(wanted.model_color));
  }
  const bool computes = !wanted.mean.empty() || !wanted.scale.empty();
  if (wanted.computed != ElementType::kUndefined) {
    type = to_openvino(wanted.computed);
    if (computes && !type.is_real()) {
      refuse("precision",
             "mean and scale compute in " + type.to_string() + "; name a floating-point type after the colon");
    }
    input.preprocess().convert_element_type(type);
  } else if (computes && !type.is_real()) {
    input.preprocess().convert_element_type(ov::element::f32);
  }
  if (wanted.mean.size() == 1) input.preprocess().mean(wanted.mean.front());
  if (wanted.mean.size() > 1) input.preprocess().mean(wanted.mean);
  if (wanted.scale.size() == 1) input.preprocess().scale(wanted.scale.front());
  if (wanted.scale.size() > 1) input.preprocess().scale(wanted.scale);
}

std::string asked_for(const ModelOptions& options) {
  std::string text;
  for (const auto& [name, layout] : options.layouts) {
    text += (text.empty() ? "" : ", ") + std::string("layout ") + (name.empty() ? "" : name + ": ") + describe(layout);
  }
  const std::string keys = keys_of(options.preprocessing);
  return text.empty() || keys.empty() ? text + keys : text + ", " + keys;
}

}  // namespace

bool asks_for_preprocessing(const ModelOptions& options) noexcept {
  return !options.layouts.empty() || options.preprocessing != InputPreprocessing{};
}

std::shared_ptr<ov::Model> add_preprocessing(const std::shared_ptr<ov::Model>& model, const ModelOptions& options) {
  const bool has_steps = options.preprocessing != InputPreprocessing{};
  if (model == nullptr) refuse(asked_for(options), "a compiled blob cannot be changed; export it with this");
  if (has_steps && model->inputs().size() != 1) {
    refuse(keys_of(options.preprocessing),
           "the model has " + std::to_string(model->inputs().size()) + " inputs; only one input can be preprocessed");
  }
  try {
    Steps steps(model);
    set_layouts(steps, *model, options.layouts);
    if (has_steps) set_steps(steps, *model, options.preprocessing);
    return steps.build();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    refuse(asked_for(options), openvino_reason(e.what()));
  }
}

}  // namespace ovserve
