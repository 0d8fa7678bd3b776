#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/signature.h"
#include "base/tensor.h"

namespace ovserve::bench {

/// A tensor of a fixed content, and a model that takes and gives such a tensor: input b, output a.
class Sample {
 public:
  explicit Sample(std::int64_t elements);

  const Signature& signature() const noexcept { return signature_; }
  TensorView view() const noexcept;
  std::string raw() const;
  /// "0.5,-12.25,...": shortest forms, as clients write them.
  std::string numbers_as_text() const;

  const Shape& shape() const noexcept { return shape_; }

 private:
  Shape shape_;
  Signature signature_;
  std::vector<float> values_;
};

/// A request with the sample as its input b, as the protocols have it.
std::string tfs_grpc_request(const Sample& sample);
std::string kserve_grpc_request(const Sample& sample);
std::string tfs_rest_request(const Sample& sample);
std::string kserve_rest_json_request(const Sample& sample);

/// The length of the JSON object is part of the request: it travels in a header.
struct BinaryRequest {
  std::string body;
  std::size_t header_length = 0;
};
BinaryRequest kserve_rest_binary_request(const Sample& sample);

}  // namespace ovserve::bench
