#include "front/content_coding.h"

#include "front/ascii.h"

namespace ovserve::front {
namespace {

bool is_compression(std::string_view coding) noexcept {
  return same_text(coding, "gzip") || same_text(coding, "x-gzip") || same_text(coding, "deflate");
}

}  // namespace

ContentCoding content_coding(const HeaderList& headers) noexcept {
  ContentCoding found = ContentCoding::kNone;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (name != kContentEncoding) continue;
    for_each_element(value, [&found](std::string_view coding) {
      if (coding.empty() || same_text(coding, "identity")) return;
      const bool is_first = found == ContentCoding::kNone;
      found = is_first && is_compression(coding) ? ContentCoding::kCompressed : ContentCoding::kUnknown;
    });
  }
  return found;
}

void forget_coding(HeaderList& headers) {
  headers.remove(kContentEncoding);
  headers.remove("content-length");
}

}  // namespace ovserve::front
