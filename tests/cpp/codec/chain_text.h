#pragma once

#include <string>

#include "base/byte_chain.h"

namespace ovserve::testing {

/// The bytes as one.
inline std::string text_of(const ByteChain& chain) {
  std::string text;
  for (const std::string_view piece : chain.pieces) text += piece;
  return text;
}

}  // namespace ovserve::testing
