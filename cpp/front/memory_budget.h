#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "front/large_blocks.h"

namespace ovserve::front {

/// A sum that must not exceed its limit; any thread may take and give back.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  bool take(std::size_t bytes) noexcept;
  void give_back(std::size_t bytes) noexcept;

  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  std::size_t limit() const noexcept { return limit_; }

  /// Memory that was given back; it does not count as used.
  LargeBlocks& blocks() noexcept { return blocks_; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
  LargeBlocks blocks_;
};

/// What one connection takes of the budget of all. Bodies keep it alive: a handler may hold one
/// longer than the connection lives.
class MemoryShare {
 public:
  MemoryShare(std::shared_ptr<MemoryBudget> all, std::size_t limit) : all_(std::move(all)), own_(limit) {}

  bool take(std::size_t bytes) noexcept;
  void give_back(std::size_t bytes) noexcept;

  std::size_t used() const noexcept { return own_.used(); }
  LargeBlocks& blocks() noexcept { return all_->blocks(); }

 private:
  const std::shared_ptr<MemoryBudget> all_;
  MemoryBudget own_;
};

}  // namespace ovserve::front
