#pragma once

#include <string_view>

namespace ovserve::front {

/// How the body of an HTTP request is coded.
enum class ContentCoding { kNone, kCompressed, kUnknown };

/// From the value of its content-encoding field; gzip and deflate are understood.
ContentCoding content_coding(std::string_view value) noexcept;

}  // namespace ovserve::front
