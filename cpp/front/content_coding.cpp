#include "front/content_coding.h"

#include "front/ascii.h"

namespace ovserve::front {

ContentCoding content_coding(std::string_view value) noexcept {
  if (value.empty() || same_text(value, "identity")) return ContentCoding::kNone;
  for (const std::string_view known : {"gzip", "x-gzip", "deflate"}) {
    if (same_text(value, known)) return ContentCoding::kCompressed;
  }
  return ContentCoding::kUnknown;
}

}  // namespace ovserve::front
