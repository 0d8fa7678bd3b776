#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/byte_sink.h"

/// The protobuf wire format, without generated code: requests are read in place, and a reply is
/// written once, straight into the buffer that is sent.
/// Source: protobuf.dev/programming-guides/encoding.
namespace ovserve::wire {

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

/// Field number and wire type in one number, as they stand in front of each value.
constexpr std::uint32_t tag(std::uint32_t number, WireType type) noexcept {
  return number << 3U | static_cast<std::uint32_t>(type);
}
constexpr std::uint32_t varint_field(std::uint32_t number) noexcept { return tag(number, WireType::kVarint); }
constexpr std::uint32_t bytes_field(std::uint32_t number) noexcept { return tag(number, WireType::kBytes); }

/// One field of a message. Compare `tag` as a whole: a known number with another wire type is an
/// unknown field, as it is for protobuf itself.
struct Field {
  std::uint32_t tag = 0;
  std::uint64_t varint = 0;  ///< kVarint
  std::string_view bytes;    ///< kBytes: the content; kFixed32, kFixed64: the 4 or 8 bytes

  std::uint32_t number() const noexcept { return tag >> 3U; }
  WireType type() const noexcept { return static_cast<WireType>(tag & 7U); }
  std::int64_t int64() const noexcept { return static_cast<std::int64_t>(varint); }
  std::int32_t int32() const noexcept { return static_cast<std::int32_t>(static_cast<std::uint32_t>(varint)); }
};

/// Throws Error(kInvalidArgument): the request is not a protobuf message, and why.
[[noreturn]] void malformed(const char* why);

/// Walks over the fields of one message. Groups, which none of our messages has, are checked and
/// passed over. Never reads outside of `message`; throws Error(kInvalidArgument) where it is malformed.
class Reader {
 public:
  explicit Reader(std::string_view message) noexcept : rest_(message) {}

  /// Fills `field` with the next one; false at the end of the message.
  bool next(Field& field);

 private:
  std::string_view rest_;
};

/// Takes one varint from the front of `data`.
std::uint64_t take_varint(std::string_view& data);

/// The content of a `string` field. Throws Error(kInvalidArgument) if it is not UTF-8, as protobuf does.
std::string_view text_of(const Field& field);

constexpr std::size_t varint_size(std::uint64_t value) noexcept {
  std::size_t size = 1;
  while (value >= 0x80U) {
    value >>= 7U;
    ++size;
  }
  return size;
}

/// First half of an encoding: adds up what Writer would write.
class SizeCounter {
 public:
  SizeCounter() = default;
  explicit SizeCounter(const ByteSink& sink) noexcept : smallest_in_place_(sink.smallest_in_place()) {}

  void raw(const void* /*data*/, std::size_t size) noexcept { size_ += size; }
  void content(const void* /*data*/, std::size_t size) noexcept {
    size_ += size;
    if (size >= smallest_in_place_) in_place_ += size;
  }
  void varint(std::uint64_t value) noexcept { size_ += varint_size(value); }
  void add(const SizeCounter& inner) noexcept {
    size_ += inner.size_;
    in_place_ += inner.in_place_;
  }

  /// A counter for a part of the same message, to be added.
  SizeCounter inner() const noexcept {
    SizeCounter counter;
    counter.smallest_in_place_ = smallest_in_place_;
    return counter;
  }

  std::size_t size() const noexcept { return size_; }
  /// What of it is not written, since it may stay where it lies.
  std::size_t in_place() const noexcept { return in_place_; }

 private:
  std::size_t smallest_in_place_ = std::numeric_limits<std::size_t>::max();
  std::size_t size_ = 0;
  std::size_t in_place_ = 0;
};

/// Second half: writes into a block of the sink that is known to be large enough.
class Writer {
 public:
  Writer(char* block, ByteSink& sink) noexcept
      : cursor_(block), sink_(sink), smallest_in_place_(sink.smallest_in_place()) {}

  void raw(const void* data, std::size_t size) noexcept {
    if (size != 0) std::memcpy(cursor_, data, size);
    cursor_ += size;
  }
  /// Like raw, for what lives as long as the reply: it may stay where it lies.
  void content(const void* data, std::size_t size) {
    if (size < smallest_in_place_) {
      raw(data, size);
    } else {
      sink_.place(cursor_, {static_cast<const char*>(data), size});
    }
  }
  void varint(std::uint64_t value) noexcept {
    for (; value >= 0x80U; value >>= 7U) *cursor_++ = static_cast<char>(value | 0x80U);
    *cursor_++ = static_cast<char>(value);
  }

 private:
  char* cursor_;
  ByteSink& sink_;
  const std::size_t smallest_in_place_;
};

// Below, `Out` is a SizeCounter or a Writer, and `body(out)` writes the same fields to either.

template <class Out>
void write_varint(Out& out, std::uint32_t number, std::uint64_t value) {
  out.varint(varint_field(number));
  out.varint(value);
}

template <class Out>
void write_bytes(Out& out, std::uint32_t number, const void* data, std::size_t size) {
  out.varint(bytes_field(number));
  out.varint(size);
  out.raw(data, size);
}

/// The same for a tensor's content.
template <class Out>
void write_content(Out& out, std::uint32_t number, const void* data, std::size_t size) {
  out.varint(bytes_field(number));
  out.varint(size);
  out.content(data, size);
}

template <class Out>
void write_text(Out& out, std::uint32_t number, std::string_view text) {
  write_bytes(out, number, text.data(), text.size());
}

/// A field that holds a message (or anything else that is made piece by piece).
template <class Body>
void write_message(SizeCounter& out, std::uint32_t number, const Body& body) {
  SizeCounter inner = out.inner();
  body(inner);
  out.varint(bytes_field(number));
  out.varint(inner.size());
  out.add(inner);
}

template <class Body>
void write_message(Writer& out, std::uint32_t number, const Body& body) {
  SizeCounter inner;
  body(inner);
  out.varint(bytes_field(number));
  out.varint(inner.size());
  body(out);
}

/// An entry of a map with text keys whose values are messages.
template <class Out, class Body>
void write_map_entry(Out& out, std::uint32_t number, std::string_view key, const Body& body) {
  write_message(out, number, [&](auto& entry) {
    write_text(entry, 1, key);
    write_message(entry, 2, body);
  });
}

/// Throws Error(kResourceExhausted) if a message of `size` bytes is beyond what protobuf allows.
void check_message_size(std::size_t size);

/// Writes a whole message to a block of exactly its size, without the content that stays where it lies.
template <class Body>
void encode(ByteSink& sink, const Body& body) {
  SizeCounter counter(sink);
  body(counter);
  check_message_size(counter.size());
  Writer writer(sink.allocate(counter.size() - counter.in_place()), sink);
  body(writer);
}

}  // namespace ovserve::wire
