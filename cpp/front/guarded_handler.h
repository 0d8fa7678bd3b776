#pragma once

#include <memory>

#include "front/call_handler.h"

namespace ovserve::front {

/// The calls into the handler, which is not the front's own code: what it throws becomes an answer.
Admission admit(CallHandler& handler, const CallHead& head);
void handle(CallHandler& handler, Call call, Responder responder);
/// Null if the handler failed.
std::unique_ptr<StreamReceiver> open(CallHandler& handler, Call call, StreamSender sender);
/// False if the receiver failed.
bool give_message(StreamReceiver& receiver, Body message);
bool give_half_close(StreamReceiver& receiver);

}  // namespace ovserve::front
