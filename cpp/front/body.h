#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "front/memory_budget.h"

namespace ovserve::front {

/// The bytes of one request or message, in one block that begins at a multiple of 64 bytes and has
/// 64 readable bytes after its end (what simdjson wants). Whoever has it owns it; it may outlive
/// the connection, and what it holds counts in the memory budget until it goes.
class Body {
 public:
  static constexpr std::size_t kAlignment = 64;
  static constexpr std::size_t kPadding = 64;

  Body() = default;
  explicit Body(std::shared_ptr<MemoryShare> share) : share_(std::move(share)) {}
  ~Body() { reset(); }
  Body(Body&& other) noexcept;
  Body& operator=(Body&& other) noexcept;
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  const char* data() const noexcept { return begin_ != nullptr ? begin_ : kNothing; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::string_view view() const noexcept { return {data(), size_}; }

  /// Prepares for a body of known size. Of a large one only a part is set aside at first, so that
  /// an announcement alone costs nothing. False if there is no memory for it.
  bool expect(std::size_t size);

  /// Where the next bytes can be written, at most `size`; empty if there is no room at present.
  std::span<char> tail(std::size_t size) noexcept;

  /// The first `size` bytes of tail() were written. False if the budget does not allow them.
  bool commit(std::size_t size);

  /// Appends a copy. False if there is no memory or the budget does not allow it.
  bool append(std::string_view bytes);

  /// Makes room for `size` bytes at the tail. False if there is no memory for it.
  bool make_room(std::size_t size);

 private:
  alignas(kAlignment) static constexpr char kNothing[kPadding] = {};

  bool grow(std::size_t capacity);
  bool take_kept(std::size_t capacity) noexcept;
  void reset() noexcept;

  std::shared_ptr<MemoryShare> share_;
  char* block_ = nullptr;  // as malloc gave it
  char* begin_ = nullptr;  // aligned within the block
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // from begin_, without the padding
  std::size_t expected_ = 0;
  std::size_t taken_ = 0;  // of the share
};

}  // namespace ovserve::front
