#include "base/printable_text.h"

#include <cstdint>

namespace ovserve {
namespace {

constexpr std::string_view kCutMark = "...";
constexpr unsigned char kDelete = 0x7F;

bool is_control(unsigned char byte) { return byte < 0x20 || byte == kDelete; }

struct LeadByte {
  std::size_t length = 0;  // of the whole sequence; 0: not a lead byte
  std::uint32_t bits = 0;
  std::uint32_t smallest = 0;  // code points below this have a shorter form, which is the only legal one
};

LeadByte classify(unsigned char byte) {
  if ((byte & 0xE0U) == 0xC0U) return {2, byte & 0x1FU, 0x80};
  if ((byte & 0xF0U) == 0xE0U) return {3, byte & 0x0FU, 0x800};
  if ((byte & 0xF8U) == 0xF0U) return {4, byte & 0x07U, 0x10000};
  return {};
}

// Length of the legal multi-byte sequence at the front of `text`, 0 if there is none.
std::size_t multibyte_length(std::string_view text) {
  const LeadByte lead = classify(static_cast<unsigned char>(text.front()));
  if (lead.length == 0 || text.size() < lead.length) return 0;
  std::uint32_t code_point = lead.bits;
  for (const char c : text.substr(1, lead.length - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) return 0;
    code_point = (code_point << 6U) | (byte & 0x3FU);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  return code_point >= lead.smallest && code_point <= 0x10FFFF && !surrogate ? lead.length : 0;
}

std::string_view trim(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || is_control(static_cast<unsigned char>(c)); };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string printable_text(std::string_view text, std::size_t limit) {
  text = trim(text);
  std::string result;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    const std::size_t sequence = byte < 0x80 ? 0 : multibyte_length(text);
    const std::size_t length = sequence == 0 ? 1 : sequence;
    if (result.size() + length > limit) return result.append(kCutMark);
    if (sequence != 0) {
      result.append(text.substr(0, sequence));
    } else if (byte >= 0x80) {
      result.push_back('?');
    } else {
      result.push_back(is_control(byte) ? ' ' : text.front());
    }
    text.remove_prefix(length);
  }
  return result;
}

}  // namespace ovserve
