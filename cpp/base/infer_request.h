#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"

namespace ovserve {

/// One input as a client sent it, decoded but not yet checked against the model.
struct RequestTensor {
  enum class Content {
    kRaw,     ///< `data` are the tensor's bytes; their number is what gets checked
    kValues,  ///< typed values, already converted to `type`; `value_count` is what gets checked
  };

  std::string name;
  ElementType type = ElementType::kUndefined;
  std::string type_text;  ///< as messages show it: "FP64", or the client's own unknown word
  Shape shape;
  Content content = Content::kRaw;
  const void* data = nullptr;  ///< into the request's bytes, `values` or `strings`
  std::size_t bytes = 0;
  std::size_t value_count = 0;

  std::vector<std::byte> values;     ///< backs `data` where the wire form had to be converted
  std::vector<std::string> strings;  ///< backs `data` of kString tensors

  RequestTensor() = default;
  RequestTensor(RequestTensor&&) noexcept = default;
  RequestTensor& operator=(RequestTensor&&) noexcept = default;
  RequestTensor(const RequestTensor&) = delete;
  RequestTensor& operator=(const RequestTensor&) = delete;
};

/// An inference request, free of any wire format. Views point into the bytes it was decoded from,
/// which must outlive it.
struct InferRequest {
  std::string model;
  std::optional<std::int64_t> version;  ///< none: the default (highest available) version
  std::string id;
  std::vector<RequestTensor> inputs;
  std::vector<std::string> requested_outputs;  ///< empty: all
};

}  // namespace ovserve
