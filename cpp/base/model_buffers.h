#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ovserve {

/// A block of memory and what keeps it alive. The last copy of `owner` frees it.
struct Buffer {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
  std::shared_ptr<const void> owner;
};

enum class ModelKind { kIr, kOnnx, kBlob };

/// "IR", "ONNX", "BLOB".
const char* name_of(ModelKind kind) noexcept;

/// What a loader hands over. For kIr, `model` is the XML text and `weights` the .bin content;
/// for kOnnx and kBlob everything is in `model`.
struct ModelBuffers {
  ModelKind kind = ModelKind::kIr;
  Buffer model;
  Buffer weights;
};

}  // namespace ovserve
