#include "front/body.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace ovserve::front {
namespace {

// Set aside at once for a body that announces its size. Blocks above this are mapped, and growing
// them moves pages, not bytes.
constexpr std::size_t kSetAside = std::size_t{64} << 20U;
constexpr std::size_t kFirstBlock = 512;
// Steps in which a large body is charged to the budget while it arrives.
constexpr std::size_t kChargeStep = std::size_t{1} << 20U;

char* aligned(char* block) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  return block + ((Body::kAlignment - address % Body::kAlignment) % Body::kAlignment);
}

}  // namespace

Body::Body(Body&& other) noexcept
    : share_(std::move(other.share_)),
      block_(std::exchange(other.block_, nullptr)),
      begin_(std::exchange(other.begin_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      expected_(std::exchange(other.expected_, 0)),
      taken_(std::exchange(other.taken_, 0)) {}

Body& Body::operator=(Body&& other) noexcept {
  if (this == &other) return *this;
  reset();
  share_ = std::move(other.share_);
  block_ = std::exchange(other.block_, nullptr);
  begin_ = std::exchange(other.begin_, nullptr);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  expected_ = std::exchange(other.expected_, 0);
  taken_ = std::exchange(other.taken_, 0);
  return *this;
}

bool Body::expect(std::size_t size) {
  expected_ = size;
  return grow(std::min(size, kSetAside));
}

std::span<char> Body::tail(std::size_t size) noexcept {
  if (begin_ == nullptr) return {};
  return {begin_ + size_, std::min(size, capacity_ - size_)};
}

bool Body::commit(std::size_t size) {
  const std::size_t end = size_ + size;
  if (share_ && end > taken_) {
    const std::size_t charge = std::min(capacity_, std::max(end, taken_ + kChargeStep)) - taken_;
    if (!share_->take(charge)) return false;
    taken_ += charge;
  }
  size_ = end;
  std::memset(begin_ + size_, 0, kPadding);
  return true;
}

bool Body::append(std::string_view bytes) {
  if (!make_room(bytes.size())) return false;
  if (!bytes.empty()) std::memcpy(begin_ + size_, bytes.data(), bytes.size());
  return commit(bytes.size());
}

bool Body::make_room(std::size_t size) {
  const std::size_t needed = size_ + size;
  if (block_ != nullptr && needed <= capacity_) return true;
  return grow(std::max({needed, std::min(expected_, 2 * capacity_), expected_ == 0 ? 2 * capacity_ : 0, kFirstBlock}));
}

bool Body::grow(std::size_t capacity) {
  if (block_ == nullptr && take_kept(capacity)) return true;
  const std::size_t offset = begin_ == nullptr ? 0 : static_cast<std::size_t>(begin_ - block_);
  auto* block = static_cast<char*>(std::realloc(block_, capacity + kAlignment + kPadding));
  if (block == nullptr) return false;
  char* begin = aligned(block);
  if (size_ > 0 && begin != block + offset) std::memmove(begin, block + offset, size_);
  if (block_ == nullptr) std::memset(begin, 0, kPadding);
  block_ = block;
  begin_ = begin;
  capacity_ = capacity;
  return true;
}

bool Body::take_kept(std::size_t capacity) noexcept {
  constexpr std::size_t kAround = kAlignment + kPadding;
  if (!share_ || capacity < LargeBlocks::kSmallest) return false;
  const LargeBlocks::Block kept = share_->blocks().take(capacity + kAround);
  if (kept.memory == nullptr) return false;
  block_ = kept.memory;
  begin_ = aligned(block_);
  capacity_ = kept.size - kAround;
  std::memset(begin_, 0, kPadding);
  return true;
}

void Body::reset() noexcept {
  if (share_ && taken_ > 0) share_->give_back(taken_);
  if (share_ && capacity_ >= LargeBlocks::kSmallest) {
    share_->blocks().give_back({block_, capacity_ + kAlignment + kPadding});
  } else {
    std::free(block_);
  }
  share_.reset();
  block_ = begin_ = nullptr;
  size_ = capacity_ = expected_ = taken_ = 0;
}

}  // namespace ovserve::front
