#include "base/error.h"
#include "codec/json_tensor_writer.h"
#include "codec/json_text.h"
#include "codec/tfs_rest.h"

namespace ovserve::tfs_rest {
namespace {

// Room for the numbers of a reply, so that the text does not move while it grows.
std::size_t expected_size(std::span<const TensorView> outputs) {
  constexpr std::size_t kFrame = 128;
  constexpr std::size_t kPerElement = 12;
  std::size_t size = kFrame;
  for (const TensorView& output : outputs) size += element_count(output.shape) * kPerElement;
  return size;
}

std::size_t row_count(const Signature& signature, std::span<const TensorView> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Shape& shape = outputs[i].shape;
    if (shape.empty() || shape.front() != outputs.front().shape.front()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "The outputs cannot be put into rows, use \"inputs\" in the request instead of \"instances\" - "
                  "every output needs the same first dimension, but output " +
                      signature.outputs[i].name + " has the shape " + to_string(shape));
    }
  }
  return outputs.empty() ? 0 : static_cast<std::size_t>(outputs.front().shape.front());
}

template <class AppendValue>
void append_named(std::string& out, const Signature& signature, std::size_t count, const AppendValue& append_value) {
  out += '{';
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) out += ", ";
    json::append_string(out, signature.outputs[i].name);
    out += ": ";
    append_value(i);
  }
  out += '}';
}

void append_rows(std::string& out, const Signature& signature, std::span<const TensorView> outputs) {
  const std::size_t rows = row_count(signature, outputs);
  if (outputs.size() == 1) return json::append_tensor(out, outputs.front());
  out += '[';
  for (std::size_t row = 0; row < rows; ++row) {
    if (row != 0) out += ", ";
    append_named(out, signature, outputs.size(), [&](std::size_t i) { json::append_row(out, outputs[i], row); });
  }
  out += ']';
}

void append_columns(std::string& out, const Signature& signature, std::span<const TensorView> outputs) {
  if (outputs.size() == 1) return json::append_tensor(out, outputs.front());
  append_named(out, signature, outputs.size(), [&](std::size_t i) { json::append_tensor(out, outputs[i]); });
}

}  // namespace

std::string write_predict(Format format, const Signature& signature, std::span<const TensorView> outputs) {
  std::string out;
  out.reserve(expected_size(outputs));
  if (format == Format::kRow) {
    out += "{\"predictions\": ";
    append_rows(out, signature, outputs);
  } else {
    out += "{\"outputs\": ";
    append_columns(out, signature, outputs);
  }
  out += '}';
  return out;
}

}  // namespace ovserve::tfs_rest
