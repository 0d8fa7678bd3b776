#include "front/flood_guard.h"

#include <algorithm>

namespace ovserve::front {

bool FloodGuard::spend(Clock::time_point now, std::int64_t tokens) noexcept {
  tokens_ -= tokens;
  if (tokens_ >= 0) return true;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - refilled_).count();
  earn(std::min<std::int64_t>(passed, 60'000) * kPerSecond / 1000);
  refilled_ = now;
  return tokens_ >= 0;
}

void FloodGuard::earn(std::int64_t tokens) noexcept { tokens_ = std::min(tokens_ + tokens, kMost); }

bool FloodGuard::take_window_update(Clock::time_point now) noexcept {
  if (window_updates_ == 0) return spend(now);
  --window_updates_;
  return true;
}

}  // namespace ovserve::front
