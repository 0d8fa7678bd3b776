#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/infer_request.h"
#include "base/signature.h"
#include "codec/json_tensor_builder.h"

namespace ovserve::tfs_rest {

/// The tensors of a :predict body while they are being read, found by input name.
class InputBuilders {
 public:
  /// `text_end`: of the body.
  InputBuilders(const Signature& signature, const char* text_end) : signature_(signature), text_end_(text_end) {}

  /// The one of `name`, new if there is none. Keys come in the same order in each row nearly always,
  /// so `position` is looked at first.
  json::TensorBuilder& find(std::string_view name, std::size_t position);

  /// The one for values without a name. Throws Error(kInvalidArgument) unless the model has one input.
  json::TensorBuilder& only_input();

  std::vector<json::TensorBuilder>& all() noexcept { return builders_; }

 private:
  json::TensorBuilder& add(std::string_view name);

  const Signature& signature_;
  const char* text_end_;
  std::vector<json::TensorBuilder> builders_;
  std::unordered_map<std::string, std::size_t> index_of_;
};

}  // namespace ovserve::tfs_rest
