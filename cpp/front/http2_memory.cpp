#include "front/http2_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace ovserve::front {
namespace {

// The buffer is somewhat larger than the largest frame that is not asked for: 16 KiB.
constexpr std::size_t kLeast = std::size_t{16} * 1024;
constexpr std::size_t kPages = std::size_t{20} * 1024;

}  // namespace

Http2Memory::Http2Memory() : functions_{this, allocate, release, allocate_zeros, reallocate} {}

Http2Memory::~Http2Memory() {
  if (frame_ != nullptr) ::munmap(frame_, kPages);
}

void Http2Memory::rest() noexcept {
  if (frame_ == nullptr || rests_) return;
  rests_ = true;
  ::madvise(frame_, kPages, MADV_DONTNEED);
}

void* Http2Memory::allocate(std::size_t size, void* self) {
  auto& memory = *static_cast<Http2Memory*>(self);
  if (size < kLeast || size > kPages || memory.frame_ != nullptr) return std::malloc(size);
  void* pages = ::mmap(nullptr, kPages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return std::malloc(size);
  memory.frame_ = pages;
  return pages;
}

void* Http2Memory::allocate_zeros(std::size_t count, std::size_t size, void* /*self*/) {
  return std::calloc(count, size);
}

void* Http2Memory::reallocate(void* block, std::size_t size, void* self) {
  auto& memory = *static_cast<Http2Memory*>(self);
  if (block == nullptr) return allocate(size, self);
  if (block != memory.frame_) return std::realloc(block, size);
  if (size <= kPages) return block;
  void* moved = std::malloc(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, kPages);
  release(block, self);
  return moved;
}

void Http2Memory::release(void* block, void* self) {
  auto& memory = *static_cast<Http2Memory*>(self);
  if (block == nullptr || block != memory.frame_) {
    std::free(block);
    return;
  }
  ::munmap(memory.frame_, kPages);
  memory.frame_ = nullptr;
}

}  // namespace ovserve::front
