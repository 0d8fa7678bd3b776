#include "front/grpc_stream_exchange.h"

#include <utility>

#include "front/guarded_handler.h"
#include "front/http2_stream.h"

namespace ovserve::front {
namespace {

// A client that leaves so much unread gets no more worked for.
constexpr std::size_t kUnread = std::size_t{256} << 10U;
// Messages that are cut ahead.
constexpr std::size_t kAhead = 16;

GrpcReply failure(const char* what) { return {GrpcCode::kInternal, what, {}}; }

}  // namespace

GrpcStreamExchange::GrpcStreamExchange(Http2Stream& stream, CallHead head, const GrpcHead& grpc, std::size_t limit)
    : GrpcExchange(stream, head, grpc, limit),
      uncut_(stream.context().share),
      message_since_(stream.context().loop.now()) {
  const auto slot = make_slot();
  Call call{std::move(head), {}, slot->cancelled()};
  receiver_ = open(stream.context().server.handler, std::move(call), StreamSender(slot));
  if (!receiver_) fail(failure("The server failed to open the stream."));
}

std::span<char> GrpcStreamExchange::wanted_place(std::size_t size) {
  return uncut_.empty() ? GrpcExchange::wanted_place(size) : std::span<char>();
}

void GrpcStreamExchange::receive(std::string_view bytes) {
  ungranted_ += bytes.size();
  if (uncut_.empty()) bytes.remove_prefix(cut(bytes));
  if (!bytes.empty() && !is_over() && !uncut_.append(bytes)) fail(out_of_memory());
  deliver();
}

// Returns how many bytes are cut.
std::size_t GrpcStreamExchange::cut(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && arrived_.size() < kAhead && !is_over()) {
    if (!reader().is_amid()) message_since_ = stream().context().loop.now();
    taken += reader().read(bytes.substr(taken));
    if (reader().failure()) {
      fail(*reader().failure());
    } else if (reader().has_message()) {
      const bool compressed = reader().is_compressed();
      arrived_.push_back({reader().take(), compressed});
    }
  }
  return taken;
}

// The client's window bounds what lies here: it gets none of it back before all is cut.
void GrpcStreamExchange::cut_uncut() {
  if (uncut_.empty()) return;
  cut_ += cut(uncut_.view().substr(cut_));
  if (cut_ < uncut_.size() && !is_over()) return;
  uncut_ = Body(stream().context().share);
  cut_ = 0;
}

void GrpcStreamExchange::end_of_request() {
  request_ended_ = true;
  deliver();
}

bool GrpcStreamExchange::may_deliver() {
  if (!wanted_ || inflating_ || arrived_.empty() || is_over()) return false;
  if (stream().unsent() < kUnread) return true;
  stream().tell_when_sent();
  return false;
}

void GrpcStreamExchange::deliver() {
  // The receiver may ask for the next message while it gets one.
  if (std::exchange(delivering_, true)) return;
  while (may_deliver()) {
    Arrived next = std::move(arrived_.front());
    arrived_.pop_front();
    wanted_ = false;
    if (next.compressed) {
      inflating_ = true;
      decompress(std::move(next.body));
    } else {
      on_message(std::move(next.body));
    }
    cut_uncut();
  }
  if (is_over()) {
    arrived_.clear();
    cut_uncut();
  }
  // What waits for the receiver counts in the client's window; so does nothing else.
  if (arrived_.empty() && ungranted_ > 0) stream().grant(std::exchange(ungranted_, 0));
  const bool is_all = request_ended_ && arrived_.empty() && !inflating_;
  if (is_all && reader().is_amid()) fail(failure("The stream ended amid a message."));
  if (is_all && !is_over() && !std::exchange(half_close_told_, true)) {
    if (!give_half_close(*receiver_)) fail(failure("The server failed to take a message."));
  }
  delivering_ = false;
}

void GrpcStreamExchange::on_message(Body message) {
  inflating_ = false;
  if (!give_message(*receiver_, std::move(message))) fail(failure("The server failed to take a message."));
  // In case it was decompressed elsewhere in the meantime.
  deliver();
}

void GrpcStreamExchange::on_next() {
  wanted_ = true;
  deliver();
}

void GrpcStreamExchange::on_send(Message message) {
  send(std::move(message), compresses());
  if (is_over()) return;
  slot()->note_unsent(stream().unsent());
  stream().tell_when_sent();
}

void GrpcStreamExchange::on_all_sent() {
  if (slot()) slot()->note_unsent(0);
  deliver();
}

void GrpcStreamExchange::on_reply(Reply reply, bool /*compressed*/) {
  const auto* grpc = std::get_if<GrpcReply>(&reply);
  end(grpc != nullptr ? *grpc : failure("The handler answered with HTTP."));
}

void GrpcStreamExchange::check_time(Clock::time_point now) {
  if (!is_over() && reader().is_amid() && arrived_.empty()) check_message_time(now, message_since_, reader().arrived());
}

}  // namespace ovserve::front
