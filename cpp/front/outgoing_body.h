#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_chain.h"
#include "front/memory_budget.h"
#include "front/output_queue.h"

namespace ovserve::front {

/// What an HTTP/2 stream still has to send, in order, until the client's flow control lets it go.
class OutgoingBody {
 public:
  /// Chains up to `small` bytes are copied at once, so that their owners go.
  explicit OutgoingBody(std::size_t small) : small_(small) {}

  /// Appends `prefix`, which is copied, and the chain.
  void add(std::string_view prefix, ByteChain chain);

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// Moves the first `bytes` (at most size()) to `output`.
  void move_to(OutputQueue& output, std::size_t bytes);

  /// Copies what lies with others, so that they are let go; false if `share` does not allow it.
  bool copy_lent(const std::shared_ptr<MemoryShare>& share);

 private:
  struct Piece {
    std::string_view bytes;
    std::shared_ptr<const void> owner;
    bool lent = false;
  };

  const std::size_t small_;
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  std::size_t lent_ = 0;
};

}  // namespace ovserve::front
