#include "front/grpc_unary_exchange.h"

#include <utility>

#include "front/guarded_handler.h"
#include "front/http2_stream.h"

namespace ovserve::front {

GrpcUnaryExchange::GrpcUnaryExchange(Http2Stream& stream, CallHead head, const GrpcHead& grpc, std::size_t limit)
    : GrpcExchange(stream, head, grpc, limit), head_(std::move(head)), begun_(stream.context().loop.now()) {}

void GrpcUnaryExchange::receive(std::string_view bytes) {
  stream().grant(bytes.size());
  if (is_over()) return;
  const std::size_t taken = reader().read(bytes);
  if (reader().failure()) {
    fail(*reader().failure());
  } else if (taken < bytes.size()) {
    // Source of the code: gRPC's list of status codes, "request cardinality violation".
    fail({GrpcCode::kUnimplemented, "The method takes one message, there were more.", {}});
  }
}

void GrpcUnaryExchange::end_of_request() {
  if (is_over()) return;
  if (!reader().has_message()) {
    if (reader().is_amid()) {
      fail({GrpcCode::kInternal, "The call ended amid a message.", {}});
    } else {
      fail({GrpcCode::kUnimplemented, "The method takes one message, there was none.", {}});
    }
    return;
  }
  const bool compressed = reader().is_compressed();
  Body message = reader().take();
  call_ = make_slot();
  if (compressed) {
    decompress(std::move(message));
  } else {
    on_message(std::move(message));
  }
}

void GrpcUnaryExchange::on_message(Body message) {
  const auto slot = std::exchange(call_, nullptr);
  Call call{std::move(head_), std::move(message), slot->cancelled()};
  handle(stream().context().server.handler, std::move(call), Responder(slot, Protocol::kGrpc));
}

void GrpcUnaryExchange::on_reply(Reply reply, bool compressed) {
  auto* grpc = std::get_if<GrpcReply>(&reply);
  if (grpc == nullptr) {
    end({GrpcCode::kInternal, "The handler answered with HTTP.", {}});
    return;
  }
  if (grpc->code == GrpcCode::kOk) send({std::move(grpc->body), compressed}, compressed);
  end(*grpc);
}

void GrpcUnaryExchange::check_time(Clock::time_point now) {
  if (!is_over()) check_message_time(now, begun_, reader().arrived());
}

}  // namespace ovserve::front
