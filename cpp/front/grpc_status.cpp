#include "front/grpc_status.h"

#include <array>
#include <cstddef>

namespace ovserve::front {
namespace {

constexpr std::size_t kLongestMessage = 4096;  // encoded

}  // namespace

std::string_view decimal(GrpcCode code) noexcept {
  static constexpr std::array<std::string_view, 17> kNumbers = {"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                                                "9", "10", "11", "12", "13", "14", "15", "16"};
  const auto number = static_cast<std::size_t>(code);
  return number < kNumbers.size() ? kNumbers[number] : kNumbers[static_cast<std::size_t>(GrpcCode::kUnknown)];
}

std::string percent_encoded(std::string_view message) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte < 0x7F && c != '%';
    if (encoded.size() + (plain ? 1 : 3) > kLongestMessage) break;
    if (plain) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    }
  }
  return encoded;
}

}  // namespace ovserve::front
