#pragma once

#include <cstddef>
#include <string>

#include "base/tensor.h"

namespace ovserve::json {

/// Appends a tensor as nested arrays; a scalar as its bare value. Strings that are not UTF-8
/// become {"b64": "..."}.
void append_tensor(std::string& out, const TensorView& tensor);

/// The same for one row: tensor[row]. The tensor must have a first dimension larger than `row`.
void append_row(std::string& out, const TensorView& tensor, std::size_t row);

}  // namespace ovserve::json
