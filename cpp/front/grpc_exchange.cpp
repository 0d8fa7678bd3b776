#include "front/grpc_exchange.h"

#include <utility>

#include "front/grpc_reply.h"
#include "front/http2_stream.h"

namespace ovserve::front {

GrpcExchange::GrpcExchange(Http2Stream& stream, const CallHead& head, const GrpcHead& grpc, std::size_t limit)
    : stream_(stream),
      limit_(limit),
      compress_(grpc.accepts_gzip && stream.context().server.options.compress_replies),
      reader_(stream.context().share, limit, grpc.is_compressed),
      deadline_([this] { fail({GrpcCode::kDeadlineExceeded, "The deadline has passed.", {}}); }) {
  if (head.deadline) deadline_.set(stream.context().loop.timers(), *head.deadline);
}

std::span<char> GrpcExchange::wanted_place(std::size_t size) {
  return over_ ? std::span<char>() : reader_.wanted_place(size);
}

const std::shared_ptr<CallSlot>& GrpcExchange::make_slot() {
  SessionContext& context = stream_.context();
  slot_ = std::make_shared<CallSlot>(context.loop.mailbox(), static_cast<CallTarget&>(*this), context.running);
  if (compress_) slot_->compress_from_now_on();
  return slot_;
}

void GrpcExchange::decompress(Body message) {
  SessionContext& context = stream_.context();
  slot_->inflate(context.server.inflater, std::move(message), limit_, context.share);
}

void GrpcExchange::on_inflated(InflateResult result, Body plain) {
  if (over_) return;
  switch (result) {
    case InflateResult::kOk:
      on_message(std::move(plain));
      return;
    case InflateResult::kBroken:
      fail({GrpcCode::kInternal, "A compressed message cannot be decompressed.", {}});
      return;
    case InflateResult::kTooLarge:
      fail(too_large(limit_));
      return;
    case InflateResult::kNoMemory:
      fail(out_of_memory());
      return;
    case InflateResult::kStopped:
      return;
  }
}

void GrpcExchange::send(Message message, bool name_gzip) {
  if (over_) return;
  const std::size_t most = stream_.context().limits().message_bytes;
  if (message.bytes.size() > most) return fail(reply_too_large(most));
  send_grpc_message(stream_, std::move(message), name_gzip);
}

void GrpcExchange::end(const GrpcReply& reply) {
  if (std::exchange(over_, true)) return;
  deadline_.cancel();
  if (slot_) std::exchange(slot_, nullptr)->detach();
  send_grpc_status(stream_, reply.code, reply.message);
}

void GrpcExchange::fail(const GrpcReply& reply) {
  if (over_) return;
  abandon();
  send_grpc_status(stream_, reply.code, reply.message);
}

void GrpcExchange::abandon() {
  over_ = true;
  deadline_.cancel();
  if (slot_) std::exchange(slot_, nullptr)->abandon();
}

void GrpcExchange::check_message_time(Clock::time_point now, Clock::time_point since, std::size_t arrived) {
  const Limits& limits = stream_.context().limits();
  const std::chrono::seconds allowed(arrived / limits.body_bytes_per_second);
  if (now - since < limits.body_timeout + allowed) return;
  fail({GrpcCode::kDeadlineExceeded, "A message took too long to arrive.", {}});
}

}  // namespace ovserve::front
