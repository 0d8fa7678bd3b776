#include "engine/layout_letters.h"

#include <string_view>

namespace ovserve {
namespace {

constexpr std::string_view kEllipsis = "...";

// "[N,H,...,C]" to "NH...C", which is the only text that a layout gives of itself.
std::string without_brackets(const std::string& text) {
  std::string letters;
  std::string name;
  for (const char c : text) {
    if (c == '[') continue;
    if (c != ',' && c != ']') {
      name += c;
      continue;
    }
    // A name that is no letter is one that nothing here asks for.
    letters += name.size() == 1 || name == kEllipsis ? name : "?";
    name.clear();
  }
  return letters;
}

}  // namespace

std::string layout_letters(const ov::Layout& layout, std::size_t rank) {
  if (layout.empty() || layout == ov::Layout::scalar()) return {};
  std::string letters = without_brackets(layout.to_string());
  const std::size_t open = letters.find(kEllipsis);
  if (open != std::string::npos) {
    const std::size_t named = letters.size() - kEllipsis.size();
    if (named > rank) return {};
    letters.replace(open, kEllipsis.size(), rank - named, '?');
  }
  const bool says_nothing = letters.find_first_not_of('?') == std::string::npos;
  return says_nothing || letters.size() != rank ? std::string() : letters;
}

}  // namespace ovserve
