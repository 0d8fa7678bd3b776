#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "front/call_handler.h"
#include "front/http_error_reply.h"
#include "late_worker.h"

namespace ovserve::front {

/// Bytes as a chain that owns them.
inline ByteChain chain_of(std::string text) {
  auto owner = std::make_shared<std::string>(std::move(text));
  ByteChain chain;
  chain.pieces.emplace_back(*owner);
  chain.owner = std::move(owner);
  return chain;
}

/// The body of a request as the body of its answer.
inline ByteChain chain_of(Body body) {
  auto owner = std::make_shared<Body>(std::move(body));
  ByteChain chain;
  chain.pieces.emplace_back(owner->view());
  chain.owner = std::move(owner);
  return chain;
}

/// A stream that answers each message with itself.
class EchoStream final : public StreamReceiver {
 public:
  explicit EchoStream(StreamSender sender) : sender_(std::move(sender)) {}

  void on_message(Body message) override {
    sender_.send(chain_of(std::move(message)));
    sender_.next();
  }
  void on_half_close() override { sender_.finish(GrpcCode::kOk, ""); }

 private:
  StreamSender sender_;
};

/// What the tests serve. gRPC methods of echo.Echo, and the same as HTTP paths:
/// Unary (/echo), Late (/late: answered by another thread after x-delay-ms), Count (/count: the size
/// of the body as text), Large (/large: x-size bytes), Fail (with x-code and x-message), Never
/// (/never: answered when it is cancelled), Throw (/throw) and, gRPC alone, Stream.
/// With `any`, every other gRPC method echoes.
class EchoHandler final : public CallHandler {
 public:
  explicit EchoHandler(bool any = false) : any_(any) {}

  Admission admit(const CallHead& head) override;
  void handle(Call call, Responder responder) override;
  std::unique_ptr<StreamReceiver> open(Call call, StreamSender sender) override;

  /// Calls to Never that were cancelled.
  std::atomic<int> cancelled{0};
  /// Calls that were handled.
  std::atomic<int> handled{0};

 private:
  void answer(const Call& call, const Responder& responder, ByteChain body) const;
  void answer_when_cancelled(Call call, Responder responder);

  const bool any_;
  LateWorker late_;
};

}  // namespace ovserve::front
