#include "base/float16.h"

#include <bit>
#include <cmath>

namespace ovserve {
namespace {

constexpr std::uint32_t kSignBit = 0x80000000U;
constexpr std::uint32_t kFloatInfinity = 0x7F800000U;
constexpr std::uint32_t kF16Infinity = 0x7C00U;
constexpr std::uint32_t kF16Overflow = 0x477FF000U;        // 65520, the smallest float that rounds to infinity
constexpr std::uint32_t kF16SmallestNormal = 0x38800000U;  // 2^-14
constexpr std::uint32_t kExponentShift = 0x38000000U;      // difference of the exponent biases, in place
constexpr unsigned kDroppedBits = 13;                      // mantissa: 23 bits against 10

// Adding 0.5 moves the mantissa to where its last bit is worth 2^-24, the step of f16's subnormal
// numbers, and leaves the rounding to the processor.
std::uint32_t subnormal_f16(std::uint32_t magnitude) {
  constexpr float kAligner = 0.5F;
  return std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + kAligner) -
         std::bit_cast<std::uint32_t>(kAligner);
}

std::uint32_t normal_f16(std::uint32_t magnitude) {
  const std::uint32_t last_kept_bit = (magnitude >> kDroppedBits) & 1U;
  return (magnitude - kExponentShift + 0xFFFU + last_kept_bit) >> kDroppedBits;
}

// A float that rounds to the same number of 16 bits as the double does. Rounding twice would not:
// what is nearly half way between two numbers would first become half way. So what is not exact is
// rounded to the one of its two neighbours that is odd, which is never half way.
float rounded_to_odd(double value) {
  auto near = static_cast<float>(value);
  if (near == value || std::isnan(value)) return near;
  if (std::abs(static_cast<double>(near)) > std::abs(value)) near = std::nextafter(near, 0.0F);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(near) | 1U);
}

}  // namespace

std::uint16_t f16_from_double(double value) noexcept { return f16_from_float(rounded_to_odd(value)); }

std::uint16_t bf16_from_double(double value) noexcept { return bf16_from_float(rounded_to_odd(value)); }

std::uint16_t f16_from_float(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & ~kSignBit;
  std::uint32_t result = 0;
  if (magnitude > kFloatInfinity) {
    result = kF16Infinity | 0x200U;  // not a number
  } else if (magnitude >= kF16Overflow) {
    result = kF16Infinity;
  } else if (magnitude >= kF16SmallestNormal) {
    result = normal_f16(magnitude);
  } else {
    result = subnormal_f16(magnitude);
  }
  return static_cast<std::uint16_t>(((bits & kSignBit) >> 16U) | result);
}

float float_from_f16(std::uint16_t bits) noexcept {
  const std::uint32_t sign = (bits & 0x8000U) << 16U;
  const std::uint32_t exponent = bits & kF16Infinity;
  const std::uint32_t mantissa = bits & 0x3FFU;
  std::uint32_t result = 0;
  if (exponent == kF16Infinity) {
    result = kFloatInfinity | mantissa << kDroppedBits;
  } else if (exponent == 0) {
    result = std::bit_cast<std::uint32_t>(std::ldexp(static_cast<float>(mantissa), -24));
  } else {
    result = ((bits & 0x7FFFU) << kDroppedBits) + kExponentShift;
  }
  return std::bit_cast<float>(sign | result);
}

std::uint16_t bf16_from_float(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & ~kSignBit) > kFloatInfinity) return static_cast<std::uint16_t>(bits >> 16U | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

float float_from_bf16(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

}  // namespace ovserve
