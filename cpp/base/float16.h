#pragma once

#include <cstdint>

namespace ovserve {

/// Bit patterns of 16-bit floating point numbers; rounding to nearest, ties to even.
std::uint16_t f16_from_float(float value) noexcept;
std::uint16_t f16_from_double(double value) noexcept;
float float_from_f16(std::uint16_t bits) noexcept;
std::uint16_t bf16_from_float(float value) noexcept;
std::uint16_t bf16_from_double(double value) noexcept;
float float_from_bf16(std::uint16_t bits) noexcept;

}  // namespace ovserve
