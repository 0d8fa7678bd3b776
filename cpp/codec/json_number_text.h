#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

/// Numbers as JSON text, written to memory that has room for them: long arrays of numbers are where the time of a
/// JSON reply goes.
namespace ovserve::json {

/// No number's text is longer; longest_text() of its type is nearer to it.
inline constexpr std::size_t kLongestNumber = 32;

/// The most digits with sign, point, exponent and ".0".
template <class Number>
constexpr std::size_t longest_text() {
  if constexpr (std::is_integral_v<Number>) {
    return std::numeric_limits<Number>::digits10 + 2;
  } else {
    return std::numeric_limits<Number>::max_digits10 + 8;  // -1.5e-308
  }
}

/// Copies text to `to`. Returns its end.
[[gnu::always_inline]] inline char* put_text(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

/// Writes the shortest digits that read back as the same number. Floating point numbers keep a point or an exponent,
/// so that clients see their type; what JSON has no word for becomes NaN, Infinity and -Infinity, as TensorFlow Serving
/// writes them. `to` has room for kLongestNumber bytes. Returns the end of the text.
template <class Number>
[[gnu::always_inline]] inline char* put_number(char* to, Number value) {
  char* const limit = to + kLongestNumber;
  if constexpr (std::is_integral_v<Number>) {
    return std::to_chars(to, limit, value).ptr;
  } else {
    if (!std::isfinite(value)) return put_text(to, std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    char* const end = std::to_chars(to, limit, value).ptr;
    // Only whole numbers come without a point, and long ones among them with an exponent.
    if (value != std::trunc(value)) return end;
    const std::string_view text(to, static_cast<std::size_t>(end - to));
    return text.find_first_of(".e") == std::string_view::npos ? put_text(end, ".0") : end;
  }
}

}  // namespace ovserve::json
