#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <vector>

namespace ovserve::front {

/// Memory of large bodies that have gone, kept a moment for those that come: from the system, each page of it
/// would cost a fault and be zeroed first. Any thread may call.
class LargeBlocks {
 public:
  using Clock = std::chrono::steady_clock;

  /// Smaller ones are left to malloc, which keeps them itself.
  static constexpr std::size_t kSmallest = std::size_t{1} << 20U;
  /// What is kept at most, in bytes.
  static constexpr std::size_t kMost = std::size_t{64} << 20U;
  static constexpr std::chrono::seconds kKept{2};

  struct Block {
    char* memory = nullptr;  ///< of malloc
    std::size_t size = 0;
  };

  LargeBlocks() = default;
  ~LargeBlocks();
  LargeBlocks(const LargeBlocks&) = delete;
  LargeBlocks& operator=(const LargeBlocks&) = delete;

  /// A block of at least that size that would not be wasted on it; an empty one if there is none.
  Block take(std::size_t size) noexcept;
  /// Keeps or frees a block.
  void give_back(Block block) noexcept;
  /// Frees what nobody has wanted for a while.
  void let_go(Clock::time_point now) noexcept;

  std::size_t kept() const noexcept;

 private:
  struct Kept {
    Block block;
    Clock::time_point since;
  };

  bool keep(Block block) noexcept;

  mutable std::mutex mutex_;
  std::vector<Kept> blocks_;  // the last to come back last; guarded by mutex_, like bytes_
  std::size_t bytes_ = 0;
};

}  // namespace ovserve::front
