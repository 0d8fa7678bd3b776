#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ovserve::json {

/// Appends `text` as a JSON string; bytes that are not UTF-8 become U+FFFD.
void append_string(std::string& out, std::string_view text);

/// As put_number() writes them.
void append_number(std::string& out, float value);
void append_number(std::string& out, double value);
void append_number(std::string& out, std::int64_t value);
void append_number(std::string& out, std::uint64_t value);

}  // namespace ovserve::json
