#pragma once

#include <openvino/runtime/tensor.hpp>

#include "base/model_buffers.h"

namespace ovserve {

/// A tensor of bytes that lies in the buffer's own memory: nothing is copied.
///
/// Every copy of the tensor shares one reference to the buffer's owner, and so does every constant
/// that OpenVINO makes of it. The owner is let go with the last of them, which is when the compiled
/// model goes: the CPU plugin reads constants that it did not repack as long as it runs.
/// The memory is never written to.
ov::Tensor adopt(Buffer buffer);

}  // namespace ovserve
