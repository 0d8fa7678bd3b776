#pragma once

#include <openvino/core/model.hpp>
#include <string>
#include <vector>

namespace ovserve {

/// The number of the input or output that a configuration means by `name`, as clients know it; the
/// empty name means the only one. Throws Error(kInvalidArgument) naming `key`, the configuration's, and
/// what there is; `direction` is what the ports are: "input", "output" or "tensor".
std::size_t find_tensor(const std::vector<ov::Output<ov::Node>>& ports, const std::string& name, const std::string& key,
                        const std::string& direction);

}  // namespace ovserve
