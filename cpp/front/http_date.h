#pragma once

#include <string_view>

namespace ovserve::front {

/// The present time as HTTP wants it ("Sun, 06 Nov 1994 08:49:37 GMT"), valid until the next call on
/// the same thread.
std::string_view http_date();

}  // namespace ovserve::front
