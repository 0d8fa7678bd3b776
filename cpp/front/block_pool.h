#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace ovserve::front {

/// A piece of memory for bytes that are copied to be sent.
struct Block {
  static constexpr std::size_t kSize = std::size_t{16} * 1024 - 64;

  std::size_t used = 0;
  char bytes[kSize];
};

/// Keeps a few blocks of one loop for the next who needs one, so that idle connections need none.
class BlockPool {
 public:
  std::unique_ptr<Block> take();
  void give_back(std::unique_ptr<Block> block);

 private:
  std::vector<std::unique_ptr<Block>> free_;
};

}  // namespace ovserve::front
