#include "gateway/infer_stream.h"

#include <utility>

#include "gateway/status_tables.h"

namespace ovserve {

void InferStream::infer(front::Body message) {
  {
    const std::lock_guard lock(mutex_);
    busy_ = true;
  }
  if (passed_.has_model_of(message.view())) return pass(std::move(message));
  const auto body = std::make_shared<front::Body>(std::move(message));
  InferenceCall call;
  call.api = InferenceApi::kKserveStreamInfer;
  call.body = body->view();
  call.owner = body;
  call.cancelled = call_.cancelled;
  service_.start(std::move(call), [self = shared_from_this()](std::variant<InferenceReply, Error> reply) {
    self->answer(std::move(reply));
  });
}

void InferStream::pass(front::Body message) {
  StreamTurn turn([self = shared_from_this()](front::GrpcReply reply) {
    if (reply.code != front::GrpcCode::kOk) return self->sender_.finish(reply.code, std::move(reply.message));
    self->sender_.send(std::move(reply.body));
    self->answered();
  });
  passed_.passage.pass({front::Call{call_.head, std::move(message), call_.cancelled}, std::move(turn)});
}

void InferStream::answer(std::variant<InferenceReply, Error> reply) {
  if (const Error* error = std::get_if<Error>(&reply)) {  // not of this message: the server is stopping
    return sender_.finish(grpc_code_of(error->code()), error->what());
  }
  sender_.send(std::move(std::get<InferenceReply>(reply).body));
  answered();
}

void InferStream::answered() {
  const std::lock_guard lock(mutex_);
  busy_ = false;
  go_on();
}

void InferStream::half_close() {
  const std::lock_guard lock(mutex_);
  half_closed_ = true;
  if (!busy_) go_on();
}

void InferStream::close() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  if (!busy_) go_on();
}

void InferStream::go_on() {
  if (half_closed_) {
    sender_.finish(front::GrpcCode::kOk, "");
  } else if (closing_) {
    sender_.finish(front::GrpcCode::kUnavailable, "the server is stopping");
  } else {
    sender_.next();
  }
}

}  // namespace ovserve
