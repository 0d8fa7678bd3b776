#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/infer_request.h"

namespace ovserve::kserve_rest {

/// The tensors behind the JSON object of a request, in the order of its inputs. Nothing is copied
/// but the elements of BYTES tensors.
class BinarySection {
 public:
  explicit BinarySection(std::string_view bytes) noexcept : rest_(bytes) {}

  /// Makes the next bytes the content of `tensor`, whose name, type and shape are known. `size`: how
  /// many; none: as many as its shape and type need. Throws Error(kInvalidArgument) if they are not there.
  void take(RequestTensor& tensor, std::optional<std::size_t> size);

  /// Makes all that is left the one element of a BYTES tensor: behind its length, or, where the first
  /// four bytes are not that length, as it is. So a file can follow the JSON object untouched.
  void take_rest_as_string(RequestTensor& tensor);

  /// Throws Error(kInvalidArgument) if bytes are left that belong to no tensor.
  void check_end() const;

 private:
  std::string_view take_bytes(const RequestTensor& tensor, std::size_t size);
  std::size_t size_of_strings(const RequestTensor& tensor) const;

  std::string_view rest_;
};

}  // namespace ovserve::kserve_rest
