#include "metrics/text_exposition.h"

#include <cstddef>

namespace ovserve {
namespace {

// Source: Prometheus' exposition formats, "Comments, help text, and type information".
void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"') {
      out += "\\\"";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

std::string text_of(FamilyText::Labels labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (!text.empty()) text += ',';
    text.append(name).append("=\"");
    append_escaped(text, value);
    text += '"';
  }
  return text;
}

std::string with_bound(const std::string& labels, std::string_view bound) {
  std::string text = labels;
  if (!text.empty()) text += ',';
  text.append("le=\"").append(bound).append("\"");
  return text;
}

}  // namespace

FamilyText::FamilyText(std::string& out, std::string_view name, std::string_view type, std::string_view help)
    : out_(out), name_(name), type_(type), help_(help) {}

void FamilyText::sample(Labels labels, std::uint64_t value) { line("", text_of(labels), std::to_string(value)); }

void FamilyText::sample(Labels labels, std::int64_t value) { line("", text_of(labels), std::to_string(value)); }

void FamilyText::histogram(Labels labels, const Histogram::Snapshot& snapshot) {
  const std::string text = text_of(labels);
  const auto& bounds = Histogram::bounds_us();
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    cumulative += snapshot.counts[i];
    line("_bucket", with_bound(text, std::to_string(bounds[i])), std::to_string(cumulative));
  }
  line("_bucket", with_bound(text, "+Inf"), std::to_string(snapshot.total));
  line("_sum", text, microseconds_text(static_cast<std::uint64_t>(snapshot.sum.count())));
  line("_count", text, std::to_string(snapshot.total));
}

void FamilyText::line(std::string_view suffix, std::string_view labels, std::string_view value) {
  if (!begun_) {
    begun_ = true;
    out_.append("# HELP ").append(name_).append(" ").append(help_).append("\n");
    out_.append("# TYPE ").append(name_).append(" ").append(type_).append("\n");
  }
  out_.append(name_).append(suffix);
  if (!labels.empty()) out_.append("{").append(labels).append("}");
  out_.append(" ").append(value).append("\n");
}

std::string microseconds_text(std::uint64_t nanoseconds) {
  constexpr std::uint64_t kPerMicrosecond = 1000;
  std::string text = std::to_string(nanoseconds / kPerMicrosecond);
  const std::uint64_t rest = nanoseconds % kPerMicrosecond;
  if (rest != 0) text.append(".").append(std::to_string(kPerMicrosecond + rest), 1);
  return text;
}

}  // namespace ovserve
