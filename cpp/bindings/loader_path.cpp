#include "bindings/loader_path.h"

#include <algorithm>

namespace ovserve {
namespace {

constexpr std::string_view kSuffix = ".py";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Python's rule for letters beyond ASCII is not repeated here: what they are not, the import will say.
bool may_be_in_identifier(char c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool is_identifier(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) && std::ranges::all_of(text, &may_be_in_identifier);
}

bool is_module_name(std::string_view text) {
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!is_identifier(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<PythonLoaderPath> python_loader_path(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view source = text.substr(0, colon);
  const std::string_view class_name = text.substr(colon + 1);
  const bool is_file = source.ends_with(kSuffix);
  if (!is_identifier(class_name) || !(is_file || is_module_name(source))) return std::nullopt;
  return PythonLoaderPath{std::string(source), std::string(class_name), is_file};
}

}  // namespace ovserve
