#include "engine/adopted_tensor.h"

#include <cstdint>
#include <utility>

namespace ovserve {
namespace {

// Gives OpenVINO memory that exists already. The tensor keeps its allocator, so the owner lives as
// long as the tensor's last copy.
class AdoptingAllocator {
 public:
  explicit AdoptingAllocator(Buffer buffer) : buffer_(std::move(buffer)) {}

  // Any alignment asked for is ignored: what needs aligned constants copies them while compiling.
  void* allocate(std::size_t /*bytes*/, std::size_t /*alignment*/ = alignof(max_align_t)) {
    return const_cast<std::uint8_t*>(buffer_.data);
  }

  void deallocate(void* /*handle*/, std::size_t /*bytes*/, std::size_t /*alignment*/ = alignof(max_align_t)) noexcept {}

  bool is_equal(const AdoptingAllocator& other) const { return buffer_.data == other.buffer_.data; }

 private:
  Buffer buffer_;
};

}  // namespace

ov::Tensor adopt(Buffer buffer) {
  const ov::Shape shape{buffer.size};
  if (buffer.size == 0) return {ov::element::u8, shape};
  return {ov::element::u8, shape, ov::Allocator(AdoptingAllocator(std::move(buffer)))};
}

}  // namespace ovserve
