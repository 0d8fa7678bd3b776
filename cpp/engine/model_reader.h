#pragma once

#include <memory>
#include <openvino/runtime/core.hpp>
#include <string>

#include "base/model_buffers.h"

namespace ovserve {

/// Reads the model in a version directory, or a model file. Throws Error(kInternal) with the reason.
std::shared_ptr<ov::Model> read_from_files(ov::Core& core, const std::string& path);

/// Reads an IR or ONNX model that a loader handed over; not for blobs. An IR's weights stay where they
/// are, and its constants share the buffer. An ONNX buffer is let go as soon as OpenVINO has read it.
/// Nothing is written to disk. `cpu_extension`: the library whose operations `core` knows; empty: none.
/// Throws Error(kInternal) with the reason.
std::shared_ptr<ov::Model> read_from_buffers(ov::Core& core, ModelBuffers buffers,
                                             const std::string& cpu_extension = "");

}  // namespace ovserve
