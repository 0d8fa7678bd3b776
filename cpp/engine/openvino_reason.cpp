#include "engine/openvino_reason.h"

#include <exception>

#include "base/error.h"
#include "base/printable_text.h"

namespace ovserve {
namespace {

constexpr std::size_t kLongestReason = 600;

bool is_source_location(std::string_view line) {
  return line.starts_with("Exception from ") ||
         (line.starts_with("Check '") && line.find("' failed at ") != std::string_view::npos);
}

std::string_view trim(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

std::string openvino_reason(std::string_view text) {
  std::string reason;
  std::string location;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (is_source_location(line)) {
      location = line;
      continue;
    }
    if (!reason.empty()) reason += ' ';
    reason += line;
  }
  // A check without a message of its own is all there is to tell then.
  return printable_text(reason.empty() ? location : reason, kLongestReason);
}

std::string current_openvino_reason() {
  try {
    throw;
  } catch (const std::exception& e) {
    const std::string reason = e.what() == nullptr ? std::string() : openvino_reason(e.what());
    return reason.empty() ? describe_current_exception() : reason;
  } catch (...) {
    return describe_current_exception();
  }
}

}  // namespace ovserve
