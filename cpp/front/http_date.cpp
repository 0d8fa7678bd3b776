#include "front/http_date.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace ovserve::front {

// By hand, since strftime follows the locale.
std::string_view http_date() {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  thread_local std::time_t written = 0;
  thread_local std::array<char, 64> text{};
  thread_local std::size_t size = 0;
  const std::time_t now = std::time(nullptr);
  if (now != written) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    const int printed = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                      kDays.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                                      kMonths.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                                      parts.tm_hour, parts.tm_min, parts.tm_sec);
    size = static_cast<std::size_t>(printed);
    written = now;
  }
  return {text.data(), size};
}

}  // namespace ovserve::front
