#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <span>
#include <vector>

#include "base/infer_request.h"
#include "base/signature.h"
#include "base/tensor.h"

namespace ovserve {

/// Named numpy arrays as the inputs of a request, seen where they are: an array is copied only if
/// it is not C-contiguous or not in native byte order. Must be destroyed with the GIL held.
class NumpyInputs {
 public:
  /// `signature` settles what a dtype alone cannot: uint16 for a BF16 input are bit patterns.
  /// Throws Error(kInvalidArgument) for an array of objects that are neither str nor bytes.
  NumpyInputs(const pybind11::dict& inputs, const Signature& signature);

  std::vector<RequestTensor>& tensors() noexcept { return tensors_; }

 private:
  std::vector<RequestTensor> tensors_;
  std::vector<pybind11::array> arrays_;  ///< what the views point into
};

/// Output tensors as a dict of arrays that own their memory. BF16, which numpy lacks, comes as
/// uint16 bit patterns; strings come as an object array of bytes. Needs the GIL; releases it to copy.
pybind11::dict to_numpy(const Signature& signature, std::span<const TensorView> outputs);

}  // namespace ovserve
