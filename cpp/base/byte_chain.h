#pragma once

#include <cstddef>
#include <memory>
#include <numeric>
#include <string_view>
#include <vector>

namespace ovserve {

/// Bytes to be sent as one, in pieces that lie where they were made: a head that was written, then
/// a tensor where the device left it. The pieces are valid as long as `owner` lives.
struct ByteChain {
  std::vector<std::string_view> pieces;
  std::shared_ptr<const void> owner;

  std::size_t size() const noexcept {
    return std::accumulate(pieces.begin(), pieces.end(), std::size_t{0},
                           [](std::size_t sum, std::string_view piece) { return sum + piece.size(); });
  }
};

}  // namespace ovserve
