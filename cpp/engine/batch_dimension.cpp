#include "engine/batch_dimension.h"

#include <algorithm>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/model_ports.h"
#include "engine/openvino_reason.h"

namespace ovserve {
namespace {

using Shapes = std::map<std::size_t, ov::PartialShape>;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, "batching does not fit: " + why);
}

std::string in_quotes(const std::string& name) { return '"' + name + '"'; }

Shapes input_shapes(const ov::Model& model) {
  Shapes shapes;
  for (std::size_t i = 0; i < model.inputs().size(); ++i) {
    ov::PartialShape shape = model.input(i).get_partial_shape();
    const std::string name = in_quotes(name_of(model.input(i)));
    if (shape.rank().is_dynamic() || shape.size() == 0) refuse("input " + name + " has no first dimension");
    if (!shapes.empty() && shape[0] != shapes.at(0)[0]) {
      refuse("dimension 0 of input " + name + " is not that of input " + in_quotes(name_of(model.input(0))) +
             ", so it cannot be the batch of both");
    }
    shapes.emplace(i, std::move(shape));
  }
  if (shapes.empty()) refuse("the model has no inputs");
  return shapes;
}

void reshape(ov::Model& model, Shapes shapes, const ov::Dimension& rows) {
  for (auto& [number, shape] : shapes) shape[0] = rows;
  try {
    model.reshape(shapes);
  } catch (const std::exception& e) {
    refuse("the model takes no batch of " + rows.to_string() + ": " + openvino_reason(e.what()));
  }
}

void check_outputs(const ov::Model& model, std::int64_t rows) {
  for (const auto& output : model.outputs()) {
    const ov::PartialShape& shape = output.get_partial_shape();
    const bool has_rows = shape.rank().is_static() && shape.size() > 0 && shape[0].is_static();
    if (has_rows && shape[0].get_length() == rows) continue;
    refuse("dimension 0 of output " + in_quotes(name_of(output)) + " is not the batch: for inputs of " +
           std::to_string(rows) + " rows it has the shape " + shape.to_string());
  }
}

void check_room(std::int64_t rows_of_one, std::uint32_t max_batch) {
  if (rows_of_one <= max_batch / 2) return;
  refuse("max_batch " + std::to_string(max_batch) + " has no room for two requests, each of " +
         std::to_string(rows_of_one) + " rows");
}

// As large as it was, or as the batch if that is more.
ov::Dimension opened(const ov::Dimension& own, std::uint32_t max_batch) {
  if (own.get_max_length() < 0) return own;
  return {own.get_min_length(), std::max<ov::Dimension::value_type>(own.get_max_length(), max_batch)};
}

}  // namespace

void open_batch_dimension(ov::Model& model, std::uint32_t max_batch) {
  const Shapes own = input_shapes(model);
  const ov::Dimension rows = own.at(0)[0];
  const std::int64_t of_one = std::max<std::int64_t>(1, rows.get_min_length());
  check_room(of_one, max_batch);
  // Two sizes, since one alone may be a coincidence.
  for (const std::int64_t count : {2, 3}) {
    reshape(model, own, count * of_one);
    check_outputs(model, count * of_one);
  }
  reshape(model, own, opened(rows, max_batch));
}

void check_batch_dimension(const Signature& compiled, std::uint32_t max_batch) {
  const auto is_open = [&](const TensorInfo& info) {
    return !info.any_rank && !info.shape.empty() && !info.shape.front().is_static();
  };
  for (const TensorInfo& input : compiled.inputs) {
    if (!is_open(input) || !input.shape.front().accepts(max_batch)) {
      refuse("input " + in_quotes(input.name) + " of the compiled blob takes no batch of " + std::to_string(max_batch) +
             "; export it with a first dimension of any size");
    }
    check_room(std::max<std::int64_t>(1, input.shape.front().min), max_batch);
  }
  for (const TensorInfo& output : compiled.outputs) {
    if (!is_open(output)) refuse("dimension 0 of output " + in_quotes(output.name) + " is not the batch");
  }
}

}  // namespace ovserve
