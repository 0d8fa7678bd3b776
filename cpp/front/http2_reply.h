#pragma once

#include "front/call.h"

namespace ovserve::front {

class Http2Stream;

/// Sends an HTTP reply on an HTTP/2 stream.
void send_http2_reply(Http2Stream& stream, HttpReply reply, bool without_body);

/// The same for one whose body goes on; false if nothing may follow its head.
bool begin_http2_reply(Http2Stream& stream, const HttpReply& reply, bool without_body);

}  // namespace ovserve::front
