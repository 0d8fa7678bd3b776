#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/byte_sink.h"

namespace ovserve::testing {

/// Writes protobuf messages byte by byte, on its own: what it writes is what the codec is held against.
class Message {
 public:
  Message& varint(std::uint32_t number, std::uint64_t value) { return tag(number, 0).bare_varint(value); }
  Message& fixed64(std::uint32_t number, double value) { return tag(number, 1).bare(value); }
  Message& fixed32(std::uint32_t number, float value) { return tag(number, 5).bare(value); }
  Message& bytes(std::uint32_t number, std::string_view content) {
    tag(number, 2).bare_varint(content.size());
    wire_.append(content);
    return *this;
  }
  Message& message(std::uint32_t number, const Message& inner) { return bytes(number, inner.wire_); }
  Message& tag(std::uint32_t number, std::uint32_t wire_type) { return bare_varint(number << 3U | wire_type); }
  Message& bare_varint(std::uint64_t value) {
    for (; value >= 0x80U; value >>= 7U) wire_ += static_cast<char>(value | 0x80U);
    wire_ += static_cast<char>(value);
    return *this;
  }
  template <class T>
  Message& bare(T value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    wire_.append(raw, sizeof(T));
    return *this;
  }

  const std::string& wire() const { return wire_; }

 private:
  std::string wire_;
};

/// The bytes of an array of numbers.
template <class T, std::size_t kCount>
std::string bytes_of(const T (&values)[kCount]) {
  return {reinterpret_cast<const char*>(values), sizeof(values)};
}

/// Keeps the message. The block has exactly the size asked for, so that sanitizers see a write beyond it.
class StringSink : public ByteSink {
 public:
  char* allocate(std::size_t size) override {
    written_.assign(size, '\x55');
    ++calls_;
    return written_.data();
  }
  const std::string& written() const { return written_; }
  int calls() const { return calls_; }

 private:
  std::string written_;
  int calls_ = 0;
};

}  // namespace ovserve::testing
