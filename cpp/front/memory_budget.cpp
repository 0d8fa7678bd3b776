#include "front/memory_budget.h"

namespace ovserve::front {

bool MemoryBudget::take(std::size_t bytes) noexcept {
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ || used > limit_ - bytes) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

void MemoryBudget::give_back(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }

bool MemoryShare::take(std::size_t bytes) noexcept {
  if (!own_.take(bytes)) return false;
  if (all_->take(bytes)) return true;
  own_.give_back(bytes);
  return false;
}

void MemoryShare::give_back(std::size_t bytes) noexcept {
  own_.give_back(bytes);
  all_->give_back(bytes);
}

}  // namespace ovserve::front
