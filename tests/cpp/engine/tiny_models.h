#pragma once

#include <cstdint>
#include <memory>
#include <numeric>
#include <openvino/opsets/opset13.hpp>
#include <openvino/pass/serialize.hpp>
#include <openvino/runtime/core.hpp>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/model_buffers.h"
#include "base/tensor.h"

namespace ovserve::testing {

namespace opset = ov::opset13;

using Graph = std::shared_ptr<ov::Model>;

inline std::shared_ptr<opset::Parameter> input(const std::string& name, const ov::element::Type& type,
                                               const ov::PartialShape& shape) {
  auto parameter = std::make_shared<opset::Parameter>(type, shape);
  parameter->output(0).set_names({name});
  return parameter;
}

inline Graph graph(const std::vector<std::pair<std::string, std::shared_ptr<ov::Node>>>& outputs,
                   const ov::ParameterVector& inputs) {
  ov::OutputVector results;
  for (const auto& [name, node] : outputs) {
    node->output(0).add_names({name});
    results.push_back(node->output(0));
  }
  return std::make_shared<ov::Model>(results, inputs);
}

/// Output "a" is input "b" plus one.
inline Graph add_one(const ov::PartialShape& shape = {1, 10}, const ov::element::Type& type = ov::element::f32) {
  const auto b = input("b", type, shape);
  return graph({{"a", std::make_shared<opset::Add>(b, opset::Constant::create(type, ov::Shape{1}, {1}))}}, {b});
}

/// Output "same" is input "b", computed by nothing at all.
inline Graph pass_through(const ov::PartialShape& shape, const ov::element::Type& type = ov::element::f32) {
  const auto b = input("b", type, shape);
  return graph({{"same", b}}, {b});
}

/// Output "a" is relu(input "b"): an operation that could be done in place.
inline Graph relu(const ov::PartialShape& shape) {
  const auto b = input("b", ov::element::f32, shape);
  return graph({{"a", std::make_shared<opset::Relu>(b)}}, {b});
}

/// Output "row" is the row of a table that input "index" names; row i holds i * 10 ... i * 10 + 9.
/// OpenVINO does not repack such a table, it reads the weights where they are.
inline Graph table(std::size_t rows) {
  std::vector<float> values(rows * 10);
  std::iota(values.begin(), values.end(), 0.0F);
  const auto index = input("index", ov::element::i64, {1});
  const auto constant = opset::Constant::create(ov::element::f32, {rows, 10}, values);
  const auto axis = opset::Constant::create(ov::element::i64, {}, {0});
  return graph({{"row", std::make_shared<opset::Gather>(constant, index, axis)}}, {index});
}

/// Output "a" is input "b" [rows, width] multiplied by a matrix `steps` times: many operations of some
/// milliseconds each, if there are many rows.
inline Graph chain(std::size_t width, std::size_t steps, const ov::Dimension& rows) {
  const auto b = input("b", ov::element::f32, {rows, static_cast<std::int64_t>(width)});
  const auto matrix = opset::Constant::create(ov::element::f32, {width, width}, {0.5F / static_cast<float>(width)});
  std::shared_ptr<ov::Node> last = b;
  for (std::size_t i = 0; i < steps; ++i) last = std::make_shared<opset::MatMul>(last, matrix);
  return graph({{"a", last}}, {b});
}

/// Output "a" is input "b" [batch, 6], whose rows must be as long as the largest of input "length" [batch, 1]
/// says: everything else fails while it runs.
inline Graph rows_of_told_length() {
  const auto b = input("b", ov::element::f32, {-1, 6});
  const auto length = input("length", ov::element::i64, {-1, 1});
  const auto all = opset::Constant::create(ov::element::i64, {2}, {0, 1});
  const auto longest = std::make_shared<opset::ReduceMax>(length, all, false);
  const auto axis = opset::Constant::create(ov::element::i64, {1}, {0});
  const auto of_one = std::make_shared<opset::Unsqueeze>(longest, axis);
  const auto same_rows = opset::Constant::create(ov::element::i64, {1}, {0});
  const auto shape = std::make_shared<opset::Concat>(ov::OutputVector{same_rows, of_one}, 0);
  return graph({{"a", std::make_shared<opset::Reshape>(b, shape, true)}}, {b, length});
}

/// A block of memory of its own, as a loader hands it over.
inline Buffer buffer_of(std::string bytes) {
  const auto owner = std::make_shared<const std::string>(std::move(bytes));
  return {reinterpret_cast<const std::uint8_t*>(owner->data()), owner->size(), owner};
}

inline std::pair<std::string, std::string> serialize(const Graph& model) {
  std::stringstream xml;
  std::stringstream weights;
  ov::pass::Serialize(xml, weights).run_on_model(model);
  return {xml.str(), weights.str()};
}

inline ModelBuffers ir_buffers(const Graph& model) {
  auto [xml, weights] = serialize(model);
  return {ModelKind::kIr, buffer_of(std::move(xml)), buffer_of(std::move(weights))};
}

inline std::string export_blob(const Graph& model) {
  ov::Core core;
  std::stringstream blob;
  core.compile_model(model, "CPU").export_model(blob);
  return blob.str();
}

inline ModelBuffers blob_buffers(const Graph& model) { return {ModelKind::kBlob, buffer_of(export_blob(model)), {}}; }

template <typename T>
TensorView view(ElementType type, Shape shape, const std::vector<T>& values) {
  return {type, std::move(shape), values.data(), values.size() * sizeof(T)};
}

template <typename T>
std::vector<T> values_of(const TensorView& tensor) {
  const std::span<const T> values(static_cast<const T*>(tensor.data), tensor.bytes / sizeof(T));
  return {values.begin(), values.end()};
}

}  // namespace ovserve::testing
