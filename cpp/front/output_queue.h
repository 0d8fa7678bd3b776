#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "front/block_pool.h"
#include "front/memory_budget.h"

namespace ovserve::front {

/// What is to be written to one connection, in order: small bytes copied into blocks, large ones
/// where they lie.
class OutputQueue {
 public:
  explicit OutputQueue(BlockPool& pool) : pool_(pool) {}
  ~OutputQueue() { clear(); }
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;

  void append_copy(std::string_view bytes);
  /// `bytes` are valid as long as `owner` lives, which is let go when they are written.
  void append_view(std::string_view bytes, const std::shared_ptr<const void>& owner);

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  /// Of size(), what lies with others.
  std::size_t lent() const noexcept { return lent_; }

  /// The first bytes, as writev wants them; returns the number of entries.
  std::size_t fill(iovec* entries, std::size_t count) const noexcept;
  /// The first `bytes` were written.
  void consume(std::size_t bytes);

  /// Copies what lies with others, so that they are let go. False, and nothing done, if `share` does
  /// not allow it.
  bool copy_lent(const std::shared_ptr<MemoryShare>& share);

  void clear();
  /// Holds no memory from now on, if it is empty.
  void rest();

 private:
  enum class Place { kBlock, kLent, kCopied };
  struct Piece {
    const char* data;
    std::size_t size;
    Place place;
    std::shared_ptr<const void> owner;  // of what does not lie in a block; may be null
  };

  BlockPool& pool_;
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;  // of pieces_
  // The blocks of the copied pieces, oldest first; the last one is being filled.
  std::vector<std::unique_ptr<Block>> blocks_;
  std::size_t size_ = 0;
  std::size_t lent_ = 0;
};

}  // namespace ovserve::front
