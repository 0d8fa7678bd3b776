#include "engine/model_reader.h"

#include <exception>
#include <openvino/frontend/manager.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "engine/adopted_tensor.h"
#include "engine/memory_file.h"
#include "engine/model_files.h"
#include "engine/onnx_outline.h"
#include "engine/openvino_reason.h"

namespace ovserve {
namespace {

[[noreturn]] void fail(const std::string& text) { throw Error(ErrorCode::kInternal, text); }

bool is_xml(const Buffer& buffer) {
  const std::string_view text(reinterpret_cast<const char*>(buffer.data), buffer.size);
  const std::size_t first = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  return first != std::string_view::npos && text[first] == '<';
}

std::shared_ptr<ov::Model> read_ir(ov::Core& core, ModelBuffers buffers) {
  if (!is_xml(buffers.model)) fail("cannot read the IR model: its model buffer holds no XML text");
  const std::string xml(reinterpret_cast<const char*>(buffers.model.data), buffers.model.size);
  buffers.model = {};
  const std::size_t weights = buffers.weights.size;
  try {
    return core.read_model(xml, adopt(std::move(buffers.weights)));
  } catch (const std::exception& e) {
    fail("cannot read the IR model with " + std::to_string(weights) +
         " bytes of weights: " + openvino_reason(e.what()));
  }
}

// OpenVINO copies an ONNX model's weights in any case; from a file it does so once.
std::shared_ptr<ov::Model> read_onnx(Buffer buffer, const std::string& cpu_extension) {
  const std::span<const std::uint8_t> bytes(buffer.data, buffer.size);
  if (!has_onnx_outline(bytes)) {
    fail("cannot read the ONNX model: its " + std::to_string(bytes.size()) +
         " bytes are no ONNX file, or only a part of one");
  }
  const MemoryFile file(bytes, ".onnx");
  buffer = {};
  try {
    // Not Core::read_model: what its ONNX reader does not take, it offers to all other readers.
    const auto reader = ov::frontend::FrontEndManager().load_by_framework("onnx");
    if (!cpu_extension.empty()) reader->add_extension(cpu_extension);
    return reader->convert(reader->load(file.path()));
  } catch (const std::exception& e) {
    fail("cannot read the ONNX model: " + openvino_reason(e.what()));
  }
}

}  // namespace

std::shared_ptr<ov::Model> read_from_files(ov::Core& core, const std::string& path) {
  const ModelFiles files = find_model_files(path);
  try {
    return core.read_model(files.model.string(), files.weights.string());
  } catch (const std::exception& e) {
    fail("cannot read " + files.model.string() + ": " + openvino_reason(e.what()));
  }
}

std::shared_ptr<ov::Model> read_from_buffers(ov::Core& core, ModelBuffers buffers, const std::string& cpu_extension) {
  if (buffers.kind == ModelKind::kOnnx) return read_onnx(std::move(buffers.model), cpu_extension);
  return read_ir(core, std::move(buffers));
}

}  // namespace ovserve
