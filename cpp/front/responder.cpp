#include "front/responder.h"

#include "front/http_error_reply.h"

namespace ovserve::front {

Responder::~Responder() {
  if (!slot_ || !slot_->is_open()) return;
  static constexpr auto kText = "The server lost the request.";
  if (protocol_ == Protocol::kGrpc) {
    slot_->reply(GrpcReply{GrpcCode::kInternal, kText, {}});
  } else {
    slot_->reply(error_reply(500, kText));
  }
}

void Responder::end(bool complete) const {
  HttpReply last;
  last.status = complete ? 200 : 500;
  slot_->reply(std::move(last));
}

}  // namespace ovserve::front
