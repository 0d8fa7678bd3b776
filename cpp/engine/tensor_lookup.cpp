#include "engine/tensor_lookup.h"

#include "base/error.h"
#include "engine/model_ports.h"

namespace ovserve {
namespace {

std::string names_of(const std::vector<ov::Output<ov::Node>>& ports) {
  std::string names;
  for (const auto& port : ports) names += (names.empty() ? "" : ", ") + name_of(port);
  return names;
}

}  // namespace

std::size_t find_tensor(const std::vector<ov::Output<ov::Node>>& ports, const std::string& name, const std::string& key,
                        const std::string& direction) {
  if (name.empty()) {
    if (ports.size() == 1) return 0;
    throw Error(ErrorCode::kInvalidArgument, key + ": the model has " + std::to_string(ports.size()) + " " + direction +
                                                 "s (" + names_of(ports) + "); write an object that names them");
  }
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (name_of(ports[i]) == name) return i;
  }
  throw Error(ErrorCode::kInvalidArgument,
              key + ": the model has no " + direction + " \"" + name + "\"; it has " + names_of(ports));
}

}  // namespace ovserve
