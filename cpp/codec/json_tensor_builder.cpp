#include "codec/json_tensor_builder.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/printable_text.h"
#include "codec/base64.h"
#include "codec/input_error.h"
#include "codec/json_number.h"

namespace ovserve::json {

namespace {

// Comparing a function with null is no constant expression where GCC checks for undefined behaviour.
template <StorePlain kStorePlain>
inline constexpr bool kIsGiven =
    !std::is_same_v<std::integral_constant<StorePlain, kStorePlain>, std::integral_constant<StorePlain, nullptr>>;

// Digits, '-', and two that begin nothing. One comparison, since signs are unpredictable.
bool may_begin_number(char c) { return c >= '-' && c <= '9'; }

}  // namespace

// Some numbers of one array. Finding them and reading them in turns would be slower: what the parser
// does next and what a number needs would then wait for each other.
struct TensorBuilder::NumberTokens {
  static constexpr std::size_t kMost = 64;
  struct Token {
    const char* text;
    std::size_t size;
  };
  Token tokens[kMost];  // NOLINT(cppcoreguidelines-pro-type-member-init): count says how many are set
  std::size_t count = 0;
};

TensorBuilder::TensorBuilder(std::string_view name, ElementType type, const char* text_end, bool or_strings)
    : or_strings_(or_strings), add_array_(add_array_of(type)), element_size_(size_of(type)), text_end_(text_end) {
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

TensorBuilder::AddArray TensorBuilder::add_array_of(ElementType type) {
  switch (type) {
    case ElementType::kF32:
      return &TensorBuilder::add_array<store_plain_float<float>>;
    case ElementType::kF64:
      return &TensorBuilder::add_array<store_plain_float<double>>;
    case ElementType::kF16:
      return &TensorBuilder::add_array<store_plain_float16<f16_from_double, float_from_f16>>;
    case ElementType::kBf16:
      return &TensorBuilder::add_array<store_plain_float16<bf16_from_double, float_from_bf16>>;
    case ElementType::kI8:
      return &TensorBuilder::add_array<store_plain_integer<std::int8_t>>;
    case ElementType::kI16:
      return &TensorBuilder::add_array<store_plain_integer<std::int16_t>>;
    case ElementType::kI32:
      return &TensorBuilder::add_array<store_plain_integer<std::int32_t>>;
    case ElementType::kI64:
      return &TensorBuilder::add_array<store_plain_integer<std::int64_t>>;
    case ElementType::kU8:
      return &TensorBuilder::add_array<store_plain_integer<std::uint8_t>>;
    case ElementType::kU16:
      return &TensorBuilder::add_array<store_plain_integer<std::uint16_t>>;
    case ElementType::kU32:
      return &TensorBuilder::add_array<store_plain_integer<std::uint32_t>>;
    case ElementType::kU64:
      return &TensorBuilder::add_array<store_plain_integer<std::uint64_t>>;
    default:
      return &TensorBuilder::add_array<nullptr>;
  }
}

void TensorBuilder::add_nested(Value& value, std::size_t level, std::size_t depth) {
  const Type type = type_of(value);
  if (type == Type::array) {
    (this->*add_array_)(value, level, depth);
  } else {
    note_scalar(level);
    add_scalar(value, type);
  }
}

template <StorePlain kStorePlain>
void TensorBuilder::add_array(Value& value, std::size_t level, std::size_t depth) {
  if (depth == 0) too_deep();
  if (scalar_level_ && level >= *scalar_level_) fail("The arrays are nested unevenly");
  std::int64_t size = 0;
  NumberTokens numbers;
  for (auto element : valid(value.get_array())) {
    Value child = valid(element);
    ++size;
    if (kIsGiven<kStorePlain> && plain_level_ == level + 1) {
      // Iteration passes over a scalar that was not taken.
      const std::string_view token = child.raw_json_token();
      if (may_begin_number(*token.data())) {
        numbers.tokens[numbers.count++] = {token.data(), token.size()};
        if (numbers.count == numbers.kMost) add_numbers<kStorePlain>(numbers);
        continue;
      }
    }
    add_numbers<kStorePlain>(numbers);
    add_nested(child, level + 1, depth - 1);
  }
  add_numbers<kStorePlain>(numbers);
  note_size(level, size);
}

template <StorePlain kStorePlain>
void TensorBuilder::add_numbers(NumberTokens& numbers) {
  if constexpr (kIsGiven<kStorePlain>) {
    if (numbers.count == 0) return;
    std::byte* element = next_elements(numbers.count, numbers.tokens[0].text);
    for (std::size_t i = 0; i < numbers.count; ++i) {
      if (!kStorePlain(numbers.tokens[i].text, element))
        store({numbers.tokens[i].text, numbers.tokens[i].size}, element);
      element += element_size_;
    }
    numbers.count = 0;
  }
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
  if (!scalar_level_) scalar_level_ = plain_level_ = level;
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
  const std::string_view token = value.raw_json_token();
  store(token, next_elements(1, token.data()));
}

void TensorBuilder::store(std::string_view token, std::byte* element) const {
  switch (store_number(token, tensor_.type, element)) {
    case Stored::kYes:
      return;
    case Stored::kOutOfRange:
      fail("The number " + printable_text(token, 40) + " does not fit " + tensor_.type_text);
    case Stored::kNotIntegral:
      fail("The number " + printable_text(token, 40) + " has a fraction, but the input takes " + tensor_.type_text);
  }
}

void TensorBuilder::add_bool(Value& value) {
  const char* text = value.raw_json_token().data();
  const bool boolean = valid(value.get_bool());
  if (tensor_.type != ElementType::kBool) wrong_type("a boolean");
  *next_elements(1, text) = static_cast<std::byte>(boolean ? 1 : 0);
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
    plain_level_ = 0;
  }
  if (tensor_.type != ElementType::kString) wrong_type("STRING");
  tensor_.strings.push_back(std::move(string));
  ++count_;
}

std::byte* TensorBuilder::next_elements(std::size_t count, const char* text) {
  constexpr std::size_t kStep = 16384;  // new elements are zeroed first, so not too many at once
  const std::size_t size = count * element_size_;
  std::vector<std::byte>& values = tensor_.values;
  if (values.size() - used_bytes_ < size) {
    if (values.capacity() - used_bytes_ < size) reserve(size, text);
    values.resize(std::min(values.capacity(), used_bytes_ + std::max(size, kStep)));
  }
  std::byte* elements = values.data() + used_bytes_;
  used_bytes_ += size;
  count_ += count;
  return elements;
}

// Makes room for all that seems to follow, judged by how much text there is per element. A guess, so
// it is bound to a multiple of what has really come.
void TensorBuilder::reserve(std::size_t size, const char* text) {
  constexpr std::size_t kFirstSize = 512;
  constexpr std::size_t kLargestFactor = 64;
  if (count_ == 0) {
    first_element_ = text;
    return tensor_.values.reserve(std::max(kFirstSize, size));
  }
  const double elements_per_byte = static_cast<double>(count_) / static_cast<double>(text - first_element_);
  const double expected =
      1.05 * elements_per_byte * static_cast<double>(text_end_ - text) * static_cast<double>(element_size_);
  const std::size_t least = std::max(used_bytes_ + size, 2 * used_bytes_);
  const std::size_t most = kLargestFactor * least;
  tensor_.values.reserve(std::clamp(used_bytes_ + static_cast<std::size_t>(expected), least, most));
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
