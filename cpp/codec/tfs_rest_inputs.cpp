#include "codec/tfs_rest_inputs.h"

#include "base/error.h"

namespace ovserve::tfs_rest {

json::TensorBuilder& InputBuilders::find(std::string_view name, std::size_t position) {
  if (position < builders_.size() && builders_[position].name() == name) return builders_[position];
  const auto found = index_of_.find(std::string(name));
  return found == index_of_.end() ? add(name) : builders_[found->second];
}

json::TensorBuilder& InputBuilders::only_input() {
  if (!builders_.empty()) return builders_.front();
  if (signature_.inputs.size() != 1) {
    throw Error(ErrorCode::kInvalidArgument, "Invalid JSON structure. The model has " +
                                                 std::to_string(signature_.inputs.size()) +
                                                 " inputs, so each value needs the name of its input");
  }
  return add(signature_.inputs.front().name);
}

json::TensorBuilder& InputBuilders::add(std::string_view name) {
  const auto input = signature_.find_input(name);
  index_of_.emplace(name, builders_.size());
  if (!input) return builders_.emplace_back(name, ElementType::kUndefined);
  const TensorInfo& info = signature_.inputs[*input];
  return builders_.emplace_back(name, info.type, info.takes_images() || info.takes_text());
}

}  // namespace ovserve::tfs_rest
