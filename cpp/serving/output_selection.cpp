#include "serving/output_selection.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/printable_text.h"

namespace ovserve {
namespace {

constexpr std::size_t kLongestName = 200;

}  // namespace

std::size_t find_requested_output(const Signature& signature, const std::string& name) {
  if (const auto index = signature.find_output(name)) return *index;
  std::string message = "Unknown requested output - " + printable_text(name, kLongestName) + "; the model has:";
  for (const TensorInfo& output : signature.outputs) message += " " + output.name;
  throw Error(ErrorCode::kInvalidArgument, message);
}

std::vector<std::size_t> select_outputs(const Signature& signature, const std::vector<std::string>& requested) {
  std::vector<std::size_t> indices;
  if (requested.empty()) {
    indices.resize(signature.outputs.size());
    std::iota(indices.begin(), indices.end(), 0U);
    return indices;
  }
  for (const std::string& name : requested) {
    const std::size_t index = find_requested_output(signature, name);
    if (std::find(indices.begin(), indices.end(), index) == indices.end()) indices.push_back(index);
  }
  return indices;
}

}  // namespace ovserve
