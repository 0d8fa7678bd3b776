#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>

namespace ovserve::front {

/// What nghttp2 allocates for one session. The largest part of it is a buffer of 16 KiB for the frame
/// that is being written; it lies in pages of its own, which can be given back while nothing is
/// written, so that idle connections stay small.
class Http2Memory {
 public:
  Http2Memory();
  ~Http2Memory();
  Http2Memory(const Http2Memory&) = delete;
  Http2Memory& operator=(const Http2Memory&) = delete;

  nghttp2_mem* functions() noexcept { return &functions_; }

  /// Nothing is being written, and nothing waits to be.
  void rest() noexcept;
  /// Something will be written.
  void wake() noexcept { rests_ = false; }

 private:
  static void* allocate(std::size_t size, void* self);
  static void* allocate_zeros(std::size_t count, std::size_t size, void* self);
  static void* reallocate(void* block, std::size_t size, void* self);
  static void release(void* block, void* self);

  nghttp2_mem functions_;
  void* frame_ = nullptr;  // pages of this object's own
  bool rests_ = false;
};

}  // namespace ovserve::front
