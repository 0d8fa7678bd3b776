#include "front/guarded_handler.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "front/http_error_reply.h"

namespace ovserve::front {
namespace {

void log_failure(const std::string& path) {
  log(LogLevel::kError, "ovserve.front", path + ": the handler failed: " + describe_current_exception());
}

}  // namespace

Admission admit(CallHandler& handler, const CallHead& head) {
  try {
    Admission admission = handler.admit(head);
    // A gRPC stream over HTTP does not exist, and a refusal is one of the call's protocol.
    const bool is_http = head.protocol == Protocol::kHttp;
    if (is_http && admission.kind == Admission::Kind::kStream) admission.kind = Admission::Kind::kUnary;
    if (admission.kind != Admission::Kind::kRefuse) return admission;
    if (std::holds_alternative<HttpReply>(admission.refusal) == is_http) return admission;
  } catch (...) {
    log_failure(head.path);
  }
  static constexpr auto kText = "The server failed to look at the request.";
  Admission refused;
  refused.kind = Admission::Kind::kRefuse;
  refused.refusal = GrpcReply{GrpcCode::kInternal, kText, {}};
  if (head.protocol == Protocol::kHttp) refused.refusal = error_reply(500, kText);
  return refused;
}

// A responder or sender that is destroyed on the way answers by itself.
void handle(CallHandler& handler, Call call, Responder responder) {
  const std::string path = call.head.path;
  try {
    handler.handle(std::move(call), std::move(responder));
  } catch (...) {
    log_failure(path);
  }
}

std::unique_ptr<StreamReceiver> open(CallHandler& handler, Call call, StreamSender sender) {
  const std::string path = call.head.path;
  try {
    return handler.open(std::move(call), std::move(sender));
  } catch (...) {
    log_failure(path);
    return nullptr;
  }
}

bool give_message(StreamReceiver& receiver, Body message) {
  try {
    receiver.on_message(std::move(message));
    return true;
  } catch (...) {
    log_failure("stream");
    return false;
  }
}

bool give_half_close(StreamReceiver& receiver) {
  try {
    receiver.on_half_close();
    return true;
  } catch (...) {
    log_failure("stream");
    return false;
  }
}

}  // namespace ovserve::front
