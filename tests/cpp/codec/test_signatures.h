#pragma once

#include "base/signature.h"

namespace ovserve::testing {

/// Inputs f (FP32), i (I64) and s (STRING) of any shape.
inline Signature three_input_signature() {
  return {
      {{"f", ElementType::kF32, {}, true}, {"i", ElementType::kI64, {}, true}, {"s", ElementType::kString, {}, true}},
      {}};
}

/// One input x of any shape.
inline Signature one_input_signature(ElementType type) { return {{{"x", type, {}, true}}, {}}; }

}  // namespace ovserve::testing
