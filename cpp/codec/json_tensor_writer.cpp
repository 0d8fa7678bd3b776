#include "codec/json_tensor_writer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/float16.h"
#include "codec/base64.h"
#include "codec/json_number_text.h"
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

// Text that grows at its end, the longer it is the more at a time: values are written straight into
// it, and the string keeps no count of each.
class GrowingText {
 public:
  explicit GrowingText(std::string& out) : out_(out), used_(out.size()) {}
  GrowingText(const GrowingText&) = delete;
  GrowingText& operator=(const GrowingText&) = delete;
  ~GrowingText() { out_.resize(used_); }

  /// Memory for `size` bytes.
  char* room(std::size_t size) {
    if (out_.size() - used_ < size) out_.resize(used_ + std::max(size, std::min(used_, kStep)));
    return out_.data() + used_;
  }

  /// What was written, up to `end`, stays.
  void keep(const char* end) { used_ = static_cast<std::size_t>(end - out_.data()); }

  void put(char c) {
    *room(1) = c;
    ++used_;
  }

  /// So much is about to come.
  void expect(std::size_t size) { out_.reserve(used_ + size); }

  static constexpr std::size_t kStep = 16384;

 private:
  std::string& out_;
  std::size_t used_;
};

// Elements of a tensor's memory, which need not be aligned, as JSON values.
template <class Stored, class PutValue>
class NestedWriter {
 public:
  NestedWriter(std::string& out, const void* data, PutValue put_value)
      : text_(out), cursor_(static_cast<const char*>(data)), put_value_(put_value) {}

  /// `longest`: text of an element.
  void expect(std::span<const std::int64_t> shape, std::size_t longest) {
    std::size_t elements = 1;
    for (const std::int64_t size : shape) elements *= static_cast<std::size_t>(size);
    text_.expect(elements * (longest + 1));
  }

  void write(std::span<const std::int64_t> shape) {
    if (shape.empty()) return text_.keep(put_next(text_.room(kLongestNumber)));
    text_.put('[');
    if (shape.size() == 1) {
      write_values(static_cast<std::size_t>(shape.front()));
    } else {
      for (std::int64_t i = 0; i < shape.front(); ++i) {
        if (i != 0) text_.put(',');
        write(shape.subspan(1));
      }
    }
    text_.put(']');
  }

 private:
  // So many that the room for them is asked for once.
  static constexpr std::size_t kTogether = GrowingText::kStep / (kLongestNumber + 1);

  void write_values(std::size_t count) {
    while (count > 0) {
      const std::size_t together = std::min(count, kTogether);
      char* to = text_.room(together * (kLongestNumber + 1));
      for (std::size_t i = 0; i < together; ++i) {
        to = put_next(to);
        *to++ = ',';
      }
      count -= together;
      text_.keep(count == 0 ? to - 1 : to);
    }
  }

  char* put_next(char* to) {
    Stored value;
    std::memcpy(&value, cursor_, sizeof(value));
    cursor_ += sizeof(value);
    return put_value_(to, value);
  }

  GrowingText text_;
  const char* cursor_;
  PutValue put_value_;
};

template <class Stored, class PutValue>
void append_nested(std::string& out, const void* data, std::span<const std::int64_t> shape, std::size_t longest,
                   PutValue put_value) {
  NestedWriter<Stored, PutValue> writer(out, data, put_value);
  writer.expect(shape, longest);
  writer.write(shape);
}

template <class Number>
void append_numbers(std::string& out, const void* data, std::span<const std::int64_t> shape) {
  append_nested<Number>(out, data, shape, longest_text<Number>(),
                        [](char* to, Number value) { return put_number(to, value); });
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
          out, data, shape, std::string_view("false").size(),
          [](char* to, std::uint8_t value) { return put_text(to, value != 0 ? "true" : "false"); });
    case ElementType::kF16:
      return append_nested<std::uint16_t>(out, data, shape, longest_text<float>(), [](char* to, std::uint16_t bits) {
        return put_number(to, float_from_f16(bits));
      });
    case ElementType::kBf16:
      return append_nested<std::uint16_t>(out, data, shape, longest_text<float>(), [](char* to, std::uint16_t bits) {
        return put_number(to, float_from_bf16(bits));
      });
    case ElementType::kF32:
      return append_numbers<float>(out, data, shape);
    case ElementType::kF64:
      return append_numbers<double>(out, data, shape);
    case ElementType::kI8:
      return append_numbers<std::int8_t>(out, data, shape);
    case ElementType::kI16:
      return append_numbers<std::int16_t>(out, data, shape);
    case ElementType::kI32:
      return append_numbers<std::int32_t>(out, data, shape);
    case ElementType::kI64:
      return append_numbers<std::int64_t>(out, data, shape);
    case ElementType::kU8:
      return append_numbers<std::uint8_t>(out, data, shape);
    case ElementType::kU16:
      return append_numbers<std::uint16_t>(out, data, shape);
    case ElementType::kU32:
      return append_numbers<std::uint32_t>(out, data, shape);
    case ElementType::kU64:
      return append_numbers<std::uint64_t>(out, data, shape);
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
