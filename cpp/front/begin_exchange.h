#pragma once

#include <memory>

#include "front/call.h"
#include "front/exchange.h"

namespace ovserve::front {

class Http2Stream;

/// Whether the head of a request is within the limits; if not, the CallHead has what came first of it.
enum class HeadSize { kFits, kTooLarge, kTooManyFields };

/// What a request's head asks for: gRPC or HTTP, by its content type. What cannot be served is
/// answered at once; its exchange then only waits for the end.
std::unique_ptr<Exchange> begin_exchange(Http2Stream& stream, CallHead head, HeadSize size);

}  // namespace ovserve::front
