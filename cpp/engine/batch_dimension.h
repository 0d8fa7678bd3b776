#pragma once

#include <cstdint>
#include <openvino/core/model.hpp>

#include "base/signature.h"

namespace ovserve {

/// Lets dimension 0 of every input be as large as `max_batch`, so that several inferences can be put
/// together along it. One that may have any size stays as it is.
/// Throws Error(kInvalidArgument) saying which tensor is in the way: every input needs the same
/// dimension 0, at least twice as large in the end as one inference's, and every output must have as
/// many rows as the inputs. Whether a row's values depend on other rows cannot be seen.
void open_batch_dimension(ov::Model& model, std::uint32_t max_batch);

/// The same question about a compiled model, which cannot be changed; it does not show whether an
/// output has as many rows as the inputs, only that the number is not fixed.
void check_batch_dimension(const Signature& compiled, std::uint32_t max_batch);

}  // namespace ovserve
