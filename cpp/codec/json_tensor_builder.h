#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/infer_request.h"
#include "codec/json_document.h"

namespace ovserve::json {

/// Makes one tensor of nested JSON arrays. Shape and evenness are found on the way, in one pass;
/// the element type is the model's.
class TensorBuilder {
 public:
  /// `type` kUndefined: no such input; its values are only checked to be JSON.
  /// `or_strings`: may be of strings instead, which the first value decides.
  TensorBuilder(std::string_view name, ElementType type, bool or_strings = false);

  const std::string& name() const noexcept { return tensor_.name; }
  /// How many values were added.
  std::size_t values() const noexcept { return values_; }

  /// Adds one value: a number, a string or nested arrays of them, all of the same shape.
  /// `depth`: how many levels of nesting it may have. Throws Error naming the input.
  void add(Value value, std::size_t depth);

  /// The only value that was added is the tensor.
  RequestTensor take_column() &&;
  /// Each value that was added is one step of a new first dimension.
  RequestTensor take_rows() &&;

 private:
  void add_nested(Value& value, std::size_t level, std::size_t depth);
  void add_array(Value& value, std::size_t level, std::size_t depth);
  void add_scalar(Value& value, Type type);
  void add_number(Value& value);
  void add_bool(Value& value);
  void add_object(Value& value);
  void add_string(std::string string);
  void note_size(std::size_t level, std::int64_t size);
  void note_scalar(std::size_t level);
  std::byte* next_element();
  RequestTensor take(Shape shape) &&;
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void wrong_type(const char* found) const;

  RequestTensor tensor_;
  bool or_strings_;
  std::size_t element_size_;
  std::size_t used_bytes_ = 0;  // of tensor_.values, which grows ahead
  std::size_t count_ = 0;
  std::size_t values_ = 0;
  Shape shape_;                              // of one value; 0 where not known yet
  std::optional<std::size_t> scalar_level_;  // how deep the numbers lie
};

}  // namespace ovserve::json
