#include "codec/json_tensor_builder.h"

#include <algorithm>
#include <utility>

#include "base/printable_text.h"
#include "codec/base64.h"
#include "codec/input_error.h"
#include "codec/json_number.h"

namespace ovserve::json {

TensorBuilder::TensorBuilder(std::string_view name, ElementType type, bool or_strings)
    : or_strings_(or_strings), element_size_(size_of(type)) {
  tensor_.name = name;
  tensor_.type = type;
  tensor_.type_text = precision_name(type);
}

void TensorBuilder::add(Value value, std::size_t depth) {
  ++values_;
  if (tensor_.type == ElementType::kUndefined) {
    check(value, depth);
  } else {
    add_nested(value, 0, depth);
  }
}

void TensorBuilder::add_nested(Value& value, std::size_t level, std::size_t depth) {
  const Type type = type_of(value);
  if (type == Type::array) {
    add_array(value, level, depth);
  } else {
    note_scalar(level);
    add_scalar(value, type);
  }
}

void TensorBuilder::add_array(Value& value, std::size_t level, std::size_t depth) {
  if (depth == 0) too_deep();
  if (scalar_level_ && level >= *scalar_level_) fail("The arrays are nested unevenly");
  std::int64_t size = 0;
  for (auto element : valid(value.get_array())) {
    Value child = valid(element);
    add_nested(child, level + 1, depth - 1);
    ++size;
  }
  note_size(level, size);
}

void TensorBuilder::note_size(std::size_t level, std::int64_t size) {
  if (size == 0) fail("An array is empty");
  if (shape_.size() <= level) shape_.resize(level + 1);
  if (shape_[level] == 0) shape_[level] = size;
  if (shape_[level] != size) {
    fail("Arrays of one level differ in length (" + std::to_string(shape_[level]) + " and " + std::to_string(size) +
         " elements)");
  }
}

void TensorBuilder::note_scalar(std::size_t level) {
  if (!scalar_level_) scalar_level_ = level;
  if (*scalar_level_ != level) fail("The arrays are nested unevenly");
}

void TensorBuilder::add_scalar(Value& value, Type type) {
  switch (type) {
    case Type::number:
      return add_number(value);
    case Type::string:
      return add_string(std::string(valid(value.get_string())));
    case Type::object:
      return add_object(value);
    case Type::boolean:
      return add_bool(value);
    default:
      if (!valid(value.is_null())) not_json();
      wrong_type("null");
  }
}

void TensorBuilder::add_number(Value& value) {
  if (tensor_.type == ElementType::kString) wrong_type("a number");
  switch (store_number(value, tensor_.type, next_element())) {
    case Stored::kYes:
      return;
    case Stored::kOutOfRange:
      fail("The number " + printable_text(std::string_view(value.raw_json_token()), 40) + " does not fit " +
           tensor_.type_text);
    case Stored::kNotIntegral:
      fail("The number " + printable_text(std::string_view(value.raw_json_token()), 40) +
           " has a fraction, but the input takes " + tensor_.type_text);
  }
}

void TensorBuilder::add_bool(Value& value) {
  const bool boolean = valid(value.get_bool());
  if (tensor_.type != ElementType::kBool) wrong_type("a boolean");
  *next_element() = static_cast<std::byte>(boolean ? 1 : 0);
}

// The only object that can stand for an element: {"b64": "..."}.
void TensorBuilder::add_object(Value& value) {
  std::optional<std::string> bytes;
  for (auto field : valid(value.get_object())) {
    simdjson::ondemand::field member = valid(std::move(field));
    const bool is_encoded = member.key().is_equal("b64") && valid(member.value().type()) == Type::string;
    if (!is_encoded || bytes) wrong_type("an object other than {\"b64\": \"...\"}");
    bytes = decode_base64(valid(member.value().get_string()));
    if (!bytes) fail("The text of \"b64\" is not base64");
  }
  if (!bytes) wrong_type("an empty object");
  add_string(*std::move(bytes));
}

void TensorBuilder::add_string(std::string string) {
  if (or_strings_ && count_ == 0) {
    tensor_.type = ElementType::kString;
    tensor_.type_text = precision_name(tensor_.type);
  }
  if (tensor_.type != ElementType::kString) wrong_type("STRING");
  tensor_.strings.push_back(std::move(string));
  ++count_;
}

std::byte* TensorBuilder::next_element() {
  constexpr std::size_t kFirstSize = 512;
  if (used_bytes_ + element_size_ > tensor_.values.size()) {
    tensor_.values.resize(std::max(kFirstSize, 2 * tensor_.values.size()));
  }
  std::byte* element = tensor_.values.data() + used_bytes_;
  used_bytes_ += element_size_;
  ++count_;
  return element;
}

RequestTensor TensorBuilder::take_column() && {
  Shape shape = std::move(shape_);
  return std::move(*this).take(std::move(shape));
}

RequestTensor TensorBuilder::take_rows() && {
  Shape shape = std::move(shape_);
  shape.insert(shape.begin(), static_cast<std::int64_t>(values_));
  return std::move(*this).take(std::move(shape));
}

RequestTensor TensorBuilder::take(Shape shape) && {
  RequestTensor tensor = std::move(tensor_);
  tensor.shape = std::move(shape);
  tensor.content = RequestTensor::Content::kValues;
  tensor.value_count = count_;
  tensor.values.resize(used_bytes_);
  if (tensor.type == ElementType::kString) {
    tensor.data = tensor.strings.data();
    tensor.bytes = tensor.strings.size() * sizeof(std::string);
  } else {
    tensor.data = tensor.values.data();
    tensor.bytes = tensor.values.size();
  }
  return tensor;
}

void TensorBuilder::fail(const std::string& what) const {
  throw_input_error("Could not parse the value of an input - " + what, tensor_.name);
}

void TensorBuilder::wrong_type(const char* found) const {
  throw_input_error(std::string("Invalid input precision - Expected: ") + tensor_.type_text + "; Actual: " + found,
                    tensor_.name);
}

}  // namespace ovserve::json
