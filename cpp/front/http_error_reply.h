#pragma once

#include <string_view>

#include "front/call.h"

namespace ovserve::front {

/// The phrase of an HTTP status, as HTTP/1.1 prints it after the number.
std::string_view reason_of(int status) noexcept;

/// The front's own answers: {"error": "..."}, as every error of the REST APIs.
HttpReply error_reply(int status, std::string_view text);

}  // namespace ovserve::front
