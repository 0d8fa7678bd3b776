#pragma once

#include <string_view>

#include "front/header_list.h"

namespace ovserve::front {

inline constexpr std::string_view kContentEncoding = "content-encoding";

/// How the body of an HTTP request is coded.
enum class ContentCoding { kNone, kCompressed, kUnknown };

/// From its content-encoding fields; gzip and deflate are understood, one at a time.
ContentCoding content_coding(const HeaderList& headers) noexcept;

/// The coding of the body was undone: without the fields that spoke of what was sent, nobody who gets
/// the request undoes it again.
void forget_coding(HeaderList& headers);

}  // namespace ovserve::front
