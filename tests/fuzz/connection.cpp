// A whole connection, HTTP/1 or HTTP/2, fed with bytes; the handler answers at once.

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "front/event_loop.h"
#include "front/http1_session.h"
#include "front/http2_session.h"
#include "front/protocol_detection.h"
#include "pieces.h"

namespace {

using namespace ovserve::front;  // NOLINT(google-build-using-namespace): one file

class Echo final : public CallHandler {
 public:
  Admission admit(const CallHead& head) override {
    Admission admission;
    if (head.path.ends_with("Stream")) admission.kind = Admission::Kind::kStream;
    return admission;
  }

  void handle(Call call, Responder responder) override {
    if (call.head.protocol == Protocol::kGrpc) {
      responder.reply(GrpcReply{GrpcCode::kOk, "", chain_of(std::move(call.body))});
    } else {
      responder.reply(HttpReply{200, {}, chain_of(std::move(call.body))});
    }
  }

  std::unique_ptr<StreamReceiver> open(Call /*call*/, StreamSender sender) override {
    class Receiver final : public StreamReceiver {
     public:
      explicit Receiver(StreamSender taken) : sender_(std::move(taken)) {}
      void on_message(Body message) override {
        sender_.send(chain_of(std::move(message)));
        sender_.next();
      }
      void on_half_close() override { sender_.finish(GrpcCode::kOk, ""); }

     private:
      StreamSender sender_;
    };
    return std::make_unique<Receiver>(std::move(sender));
  }

 private:
  static ovserve::ByteChain chain_of(Body body) {
    auto owner = std::make_shared<Body>(std::move(body));
    return {{owner->view()}, owner};
  }
};

void write(OutputQueue& output) {
  std::array<iovec, 16> entries;
  while (!output.empty()) {
    const std::size_t count = output.fill(entries.data(), entries.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) size += entries[i].iov_len;
    output.consume(size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static EventLoop loop;
  static Echo handler;
  static ServerParts server{{}, handler, std::make_shared<MemoryBudget>(std::size_t{1} << 24U), {}};
  server.options.limits.message_bytes = server.options.limits.body_bytes = std::size_t{1} << 20U;
  loop.mailbox()->settle_here();
  {
    OutputQueue output(loop.blocks());
    SessionContext context{loop,
                           server,
                           Protocols{true, true},
                           std::make_shared<MemoryShare>(server.memory, server.memory->limit()),
                           std::make_shared<std::atomic<std::size_t>>(0),
                           output,
                           [] {}};
    ovserve::fuzz::Pieces pieces(data, size);
    std::unique_ptr<Session> session;
    if (size > 3 && detect_protocol({reinterpret_cast<const char*>(data) + 1, size - 1}) == Detected::kHttp2) {
      session = std::make_unique<Http2Session>(context);
    } else {
      session = std::make_unique<Http1Session>(context);
    }
    while (!pieces.empty() && !session->is_finished()) {
      std::string_view piece = pieces.next();
      const auto place = session->wanted_place();
      if (!place.empty()) {
        const std::size_t part = std::min(place.size(), piece.size());
        std::copy_n(piece.data(), part, place.data());
        session->receive({place.data(), part});
        piece.remove_prefix(part);
      }
      if (!piece.empty() && session->wants_input()) session->receive(piece);
      session->produce();
      write(output);
    }
    session->check_time(loop.now());
    session->drain();
    session->produce();
    write(output);
    session->end_of_input();
    session->abandon();
  }
  loop.mailbox()->deliver();
  return 0;
}
