#include "front/large_blocks.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace ovserve::front {

LargeBlocks::~LargeBlocks() {
  for (const Kept& kept : blocks_) std::free(kept.block.memory);
}

LargeBlocks::Block LargeBlocks::take(std::size_t size) noexcept {
  const std::lock_guard lock(mutex_);
  // What came back last is most likely to be in the caches.
  const auto found = std::find_if(blocks_.rbegin(), blocks_.rend(), [size](const Kept& kept) {
    return kept.block.size >= size && kept.block.size / 2 <= size;
  });
  if (found == blocks_.rend()) return {};
  const Block block = found->block;
  blocks_.erase(std::next(found).base());
  bytes_ -= block.size;
  return block;
}

void LargeBlocks::give_back(Block block) noexcept {
  if (block.size < kSmallest || !keep(block)) std::free(block.memory);
}

bool LargeBlocks::keep(Block block) noexcept try {
  const std::lock_guard lock(mutex_);
  if (block.size > kMost - bytes_) return false;
  blocks_.push_back({block, Clock::now()});
  bytes_ += block.size;
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

void LargeBlocks::let_go(Clock::time_point now) noexcept {
  const std::lock_guard lock(mutex_);
  const auto is_old = [now](const Kept& kept) { return now - kept.since >= kKept; };
  const auto first = std::find_if_not(blocks_.begin(), blocks_.end(), is_old);
  for (auto kept = blocks_.begin(); kept != first; ++kept) {
    bytes_ -= kept->block.size;
    std::free(kept->block.memory);
  }
  blocks_.erase(blocks_.begin(), first);
}

std::size_t LargeBlocks::kept() const noexcept {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace ovserve::front
