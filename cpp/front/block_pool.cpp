#include "front/block_pool.h"

#include <utility>

namespace ovserve::front {
namespace {

constexpr std::size_t kKept = 32;

}  // namespace

std::unique_ptr<Block> BlockPool::take() {
  if (free_.empty()) return std::make_unique_for_overwrite<Block>();
  auto block = std::move(free_.back());
  free_.pop_back();
  block->used = 0;
  return block;
}

void BlockPool::give_back(std::unique_ptr<Block> block) {
  if (free_.size() < kKept) free_.push_back(std::move(block));
}

}  // namespace ovserve::front
