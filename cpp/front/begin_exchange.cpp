#include "front/begin_exchange.h"

#include <algorithm>
#include <string>
#include <utility>

#include "front/grpc_head.h"
#include "front/grpc_reply.h"
#include "front/grpc_stream_exchange.h"
#include "front/grpc_unary_exchange.h"
#include "front/guarded_handler.h"
#include "front/http2_reply.h"
#include "front/http2_stream.h"
#include "front/http_error_reply.h"
#include "front/http_exchange.h"
#include "front/http_refusals.h"

namespace ovserve::front {
namespace {

// Of a request that has been answered already.
class AnsweredExchange final : public Exchange {
 public:
  explicit AnsweredExchange(Http2Stream& stream) : stream_(stream) {}

  void receive(std::string_view bytes) override { stream_.grant(bytes.size()); }
  void end_of_request() override {}
  void abandon() override {}
  void check_time(Clock::time_point /*now*/) override {}

 private:
  Http2Stream& stream_;
};

std::unique_ptr<Exchange> refuse(Http2Stream& stream, const GrpcReply& reply, std::string_view status = "200") {
  send_grpc_status(stream, reply.code, reply.message, status);
  return std::make_unique<AnsweredExchange>(stream);
}

std::unique_ptr<Exchange> refuse(Http2Stream& stream, HttpReply reply, bool without_body) {
  send_http2_reply(stream, std::move(reply), without_body);
  return std::make_unique<AnsweredExchange>(stream);
}

std::string text_of(HeadSize size, const Limits& limits) {
  return size == HeadSize::kTooLarge ? too_large_head_text(limits.head_bytes)
                                     : too_many_fields_text(limits.head_fields);
}

std::unique_ptr<Exchange> begin_grpc(Http2Stream& stream, CallHead head, HeadSize size) {
  SessionContext& context = stream.context();
  if (size != HeadSize::kFits) {
    return refuse(stream, GrpcReply{GrpcCode::kResourceExhausted, text_of(size, context.limits()), {}});
  }
  if (!context.protocols.grpc) {
    return refuse(stream, GrpcReply{GrpcCode::kUnimplemented, "This port is for HTTP alone.", {}});
  }
  if (head.method != "POST") {
    return refuse(stream, GrpcReply{GrpcCode::kInternal, "A gRPC call is a POST.", {}}, "405");
  }
  auto parsed = parse_grpc_head(head.headers);
  if (const auto* reply = std::get_if<GrpcReply>(&parsed)) return refuse(stream, *reply);
  const GrpcHead& grpc = std::get<GrpcHead>(parsed);
  head.protocol = Protocol::kGrpc;
  if (grpc.timeout) head.deadline = context.loop.now() + *grpc.timeout;
  if (head.deadline && *head.deadline <= context.loop.now()) {
    return refuse(stream, GrpcReply{GrpcCode::kDeadlineExceeded, "The deadline has passed.", {}});
  }
  Admission admission = admit(context.server.handler, head);
  const std::size_t limit = std::min(admission.body_limit, context.limits().message_bytes);
  switch (admission.kind) {
    case Admission::Kind::kUnary:
      return std::make_unique<GrpcUnaryExchange>(stream, std::move(head), grpc, limit);
    case Admission::Kind::kStream:
      return std::make_unique<GrpcStreamExchange>(stream, std::move(head), grpc, limit);
    case Admission::Kind::kRefuse:
      break;
  }
  return refuse(stream, std::get<GrpcReply>(admission.refusal));
}

std::unique_ptr<Exchange> begin_http(Http2Stream& stream, CallHead head, HeadSize size) {
  SessionContext& context = stream.context();
  const bool without_body = head.method == "HEAD";
  // Source of 415: gRPC over HTTP/2, "Content-Type".
  if (!context.protocols.http) {
    return refuse(stream, error_reply(415, "This port is for gRPC alone; its content type is application/grpc."),
                  without_body);
  }
  if (size != HeadSize::kFits) return refuse(stream, error_reply(431, text_of(size, context.limits())), without_body);
  Admission admission = admit(context.server.handler, head);
  if (admission.kind == Admission::Kind::kRefuse) {
    return refuse(stream, std::get<HttpReply>(std::move(admission.refusal)), without_body);
  }
  const std::size_t limit = std::min(admission.body_limit, context.limits().body_bytes);
  return std::make_unique<HttpExchange>(stream, std::move(head), limit);
}

}  // namespace

std::unique_ptr<Exchange> begin_exchange(Http2Stream& stream, CallHead head, HeadSize size) {
  const SessionContext& context = stream.context();
  // Calls that the client has given up count as long as a handler works for them.
  if (context.running->load(std::memory_order_relaxed) >= context.limits().streams_per_connection) {
    stream.refuse();
    return std::make_unique<AnsweredExchange>(stream);
  }
  if (is_grpc_content_type(head.header("content-type"))) return begin_grpc(stream, std::move(head), size);
  return begin_http(stream, std::move(head), size);
}

}  // namespace ovserve::front
