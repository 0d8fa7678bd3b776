#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/signature.h"

namespace ovserve {

/// The index of an output that a client asked for. Throws Error(kInvalidArgument) naming those there are.
std::size_t find_requested_output(const Signature& signature, const std::string& name);

/// The outputs to answer with: those asked for, in that order and each once; all of them if none was.
/// Throws like find_requested_output.
std::vector<std::size_t> select_outputs(const Signature& signature, const std::vector<std::string>& requested);

}  // namespace ovserve
