#pragma once

#include <functional>
#include <string>
#include <vector>

namespace ovserve::bench {

/// Something that the codec does, beside the least that any way of doing it costs.
struct SpeedCase {
  std::string name;       ///< the numbers: f32, f32_short, f64, i64, i32_small
  std::string direction;  ///< read or write
  std::size_t bytes = 0;  ///< of JSON text
  std::function<void()> codec;
  std::function<void()> limit;
};

/// About `bytes` of JSON text in each case. Reading: a :predict body into a tensor, the limit being simdjson's own
/// numbers on the same text into memory that is there. Writing: a tensor as JSON, the limit being std::to_chars and a
/// comma in a loop, into memory that is there.
std::vector<SpeedCase> speed_cases(std::size_t bytes);

}  // namespace ovserve::bench
