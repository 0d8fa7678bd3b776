#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace ovserve::bench {

/// Compares an answer's body with what it has to be, piece by piece as it arrives, without keeping it.
class BodyCheck {
 public:
  /// `expected` must outlive this; nullptr: everything is right.
  explicit BodyCheck(const std::string_view* expected) noexcept : expected_(expected) {}

  void feed(std::string_view piece) noexcept {
    if (expected_ != nullptr && same_) {
      same_ = piece.size() <= expected_->size() - length_ &&
              std::memcmp(expected_->data() + length_, piece.data(), piece.size()) == 0;
    }
    length_ += piece.size();
  }

  /// Whether the whole body was as expected; to be asked at its end.
  bool passed() const noexcept { return expected_ == nullptr || (same_ && length_ == expected_->size()); }
  std::size_t length() const noexcept { return length_; }

 private:
  const std::string_view* expected_;
  std::size_t length_ = 0;
  bool same_ = true;
};

}  // namespace ovserve::bench
