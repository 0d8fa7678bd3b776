#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ovserve::fuzz {

/// Cuts an input into the pieces in which a socket might bring it. The first byte says how.
class Pieces {
 public:
  Pieces(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return;
    step_ = data[0] == 0 ? size : data[0];
    rest_ = {reinterpret_cast<const char*>(data) + 1, size - 1};
  }

  bool empty() const { return rest_.empty(); }

  std::string_view next() {
    const std::string_view piece = rest_.substr(0, step_);
    rest_.remove_prefix(piece.size());
    step_ = std::max<std::size_t>(1, step_ * 7 % 251);
    return piece;
  }

 private:
  std::string_view rest_;
  std::size_t step_ = 1;
};

}  // namespace ovserve::fuzz
