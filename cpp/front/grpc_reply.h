#pragma once

#include <string>
#include <string_view>

#include "front/call_slot.h"
#include "front/grpc_status.h"

namespace ovserve::front {

class Http2Stream;

/// Ends a gRPC call with a status: as the trailer of what was sent, or, if nothing was, as the whole
/// reply ("trailers only"), then with that HTTP status.
void send_grpc_status(Http2Stream& stream, GrpcCode code, std::string_view message,
                      std::string_view http_status = "200");

/// Sends one message, the head before it if it is the first. Messages can be compressed only if the
/// head names the encoding.
void send_grpc_message(Http2Stream& stream, CallTarget::Message message, bool name_gzip);

}  // namespace ovserve::front
