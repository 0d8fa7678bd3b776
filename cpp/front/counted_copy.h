#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "front/memory_budget.h"

namespace ovserve::front {

/// Bytes copied from where they lay, which count in the memory budget until they are gone.
class CountedCopy {
 public:
  /// Room for `size` bytes, or null if `share` does not allow it.
  static std::shared_ptr<CountedCopy> make(std::shared_ptr<MemoryShare> share, std::size_t size);

  explicit CountedCopy(std::size_t size) { bytes_.reserve(size); }
  ~CountedCopy() {
    if (share_) share_->give_back(bytes_.capacity());
  }
  CountedCopy(const CountedCopy&) = delete;
  CountedCopy& operator=(const CountedCopy&) = delete;

  /// Copies; the view is valid as long as this lives and no more than was asked for is added.
  std::string_view add(std::string_view bytes);

 private:
  std::shared_ptr<MemoryShare> share_;
  std::string bytes_;
};

}  // namespace ovserve::front
