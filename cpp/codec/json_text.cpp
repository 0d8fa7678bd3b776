#include "codec/json_text.h"

#include <algorithm>
#include <array>

#include "codec/json_number_text.h"
#include "codec/utf8.h"

namespace ovserve::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t kLongestSequence = 4;

void append_control(std::string& out, unsigned char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[c >> 4U];
      out += kHex[c & 15U];
  }
}

void append_escaped(std::string& out, std::string_view utf8) {
  for (const char c : utf8) {
    if (static_cast<unsigned char>(c) < 0x20U) {
      append_control(out, static_cast<unsigned char>(c));
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
}

// Length of the well-formed character at the front of `text`; 0 if there is none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min(kLongestSequence, text.size()); ++length) {
    if (is_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

template <class Number>
void append_any(std::string& out, Number value) {
  std::array<char, kLongestNumber> text;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  out.append(text.data(), static_cast<std::size_t>(put_number(text.data(), value) - text.data()));
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  if (is_utf8(text)) {
    append_escaped(out, text);
  } else {
    while (!text.empty()) {
      const std::size_t length = character_length(text);
      append_escaped(out, length == 0 ? kReplacement : text.substr(0, length));
      text.remove_prefix(std::max<std::size_t>(length, 1));
    }
  }
  out += '"';
}

void append_number(std::string& out, float value) { append_any(out, value); }
void append_number(std::string& out, double value) { append_any(out, value); }
void append_number(std::string& out, std::int64_t value) { append_any(out, value); }
void append_number(std::string& out, std::uint64_t value) { append_any(out, value); }

}  // namespace ovserve::json
