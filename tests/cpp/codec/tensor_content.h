#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "base/infer_request.h"

namespace ovserve::testing {

/// The elements of a decoded tensor, whose data need not be aligned.
template <class T>
std::vector<T> elements(const RequestTensor& tensor) {
  std::vector<T> result(tensor.bytes / sizeof(T));
  if (tensor.bytes != 0) std::memcpy(result.data(), tensor.data, tensor.bytes);
  return result;
}

inline std::vector<std::string> texts(const RequestTensor& tensor) {
  const auto* strings = static_cast<const std::string*>(tensor.data);
  return {strings, strings + tensor.value_count};
}

}  // namespace ovserve::testing
