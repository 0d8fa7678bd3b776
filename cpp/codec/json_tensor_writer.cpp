#include "codec/json_tensor_writer.h"

#include <cstdint>
#include <cstring>
#include <span>

#include "base/float16.h"
#include "codec/base64.h"
#include "codec/json_text.h"
#include "codec/utf8.h"

namespace ovserve::json {
namespace {

void append_text(std::string& out, const std::string& text) {
  if (is_utf8(text)) {
    append_string(out, text);
  } else {
    out.append("{\"b64\": \"").append(encode_base64(text)).append("\"}");
  }
}

// Elements of a tensor's memory, which need not be aligned, as JSON values.
template <class Stored, class AppendValue>
class NestedWriter {
 public:
  NestedWriter(std::string& out, const void* data, AppendValue append_value)
      : out_(out), cursor_(static_cast<const char*>(data)), append_value_(append_value) {}

  void write(std::span<const std::int64_t> shape) {
    if (shape.empty()) return write_value();
    out_ += '[';
    for (std::int64_t i = 0; i < shape.front(); ++i) {
      if (i != 0) out_ += ',';
      if (shape.size() == 1) {
        write_value();
      } else {
        write(shape.subspan(1));
      }
    }
    out_ += ']';
  }

 private:
  void write_value() {
    Stored value;
    std::memcpy(&value, cursor_, sizeof(value));
    cursor_ += sizeof(value);
    append_value_(out_, value);
  }

  std::string& out_;
  const char* cursor_;
  AppendValue append_value_;
};

template <class Stored, class AppendValue>
void append_nested(std::string& out, const void* data, std::span<const std::int64_t> shape, AppendValue append_value) {
  NestedWriter<Stored, AppendValue>(out, data, append_value).write(shape);
}

template <class Stored, class Printed>
void append_numbers(std::string& out, const void* data, std::span<const std::int64_t> shape) {
  append_nested<Stored>(out, data, shape,
                        [](std::string& text, Stored value) { append_number(text, static_cast<Printed>(value)); });
}

// Strings are objects, so they are read in place.
void append_texts(std::string& out, const std::string*& strings, std::span<const std::int64_t> shape) {
  if (shape.empty()) return append_text(out, *strings++);
  out += '[';
  for (std::int64_t i = 0; i < shape.front(); ++i) {
    if (i != 0) out += ',';
    append_texts(out, strings, shape.subspan(1));
  }
  out += ']';
}

void append_values(std::string& out, ElementType type, const void* data, std::span<const std::int64_t> shape) {
  switch (type) {
    case ElementType::kBool:
      return append_nested<std::uint8_t>(
          out, data, shape, [](std::string& text, std::uint8_t value) { text += value != 0 ? "true" : "false"; });
    case ElementType::kF16:
      return append_nested<std::uint16_t>(
          out, data, shape, [](std::string& text, std::uint16_t bits) { append_number(text, float_from_f16(bits)); });
    case ElementType::kBf16:
      return append_nested<std::uint16_t>(
          out, data, shape, [](std::string& text, std::uint16_t bits) { append_number(text, float_from_bf16(bits)); });
    case ElementType::kF32:
      return append_numbers<float, float>(out, data, shape);
    case ElementType::kF64:
      return append_numbers<double, double>(out, data, shape);
    case ElementType::kI8:
      return append_numbers<std::int8_t, std::int64_t>(out, data, shape);
    case ElementType::kI16:
      return append_numbers<std::int16_t, std::int64_t>(out, data, shape);
    case ElementType::kI32:
      return append_numbers<std::int32_t, std::int64_t>(out, data, shape);
    case ElementType::kI64:
      return append_numbers<std::int64_t, std::int64_t>(out, data, shape);
    case ElementType::kU8:
      return append_numbers<std::uint8_t, std::uint64_t>(out, data, shape);
    case ElementType::kU16:
      return append_numbers<std::uint16_t, std::uint64_t>(out, data, shape);
    case ElementType::kU32:
      return append_numbers<std::uint32_t, std::uint64_t>(out, data, shape);
    case ElementType::kU64:
      return append_numbers<std::uint64_t, std::uint64_t>(out, data, shape);
    case ElementType::kString: {
      const auto* strings = static_cast<const std::string*>(data);
      return append_texts(out, strings, shape);
    }
    case ElementType::kUndefined:
      out += "null";
  }
}

}  // namespace

void append_tensor(std::string& out, const TensorView& tensor) {
  append_values(out, tensor.type, tensor.data, tensor.shape);
}

void append_row(std::string& out, const TensorView& tensor, std::size_t row) {
  const Shape row_shape(tensor.shape.begin() + 1, tensor.shape.end());
  const std::size_t row_bytes = element_count(row_shape) * size_of(tensor.type);
  append_values(out, tensor.type, static_cast<const char*>(tensor.data) + row * row_bytes, row_shape);
}

}  // namespace ovserve::json
