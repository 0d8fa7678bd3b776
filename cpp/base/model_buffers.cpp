#include "base/model_buffers.h"

namespace ovserve {

const char* name_of(ModelKind kind) noexcept {
  switch (kind) {
    case ModelKind::kIr:
      break;
    case ModelKind::kOnnx:
      return "ONNX";
    case ModelKind::kBlob:
      return "BLOB";
  }
  return "IR";
}

}  // namespace ovserve
