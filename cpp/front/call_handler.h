#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <variant>

#include "front/call.h"
#include "front/responder.h"
#include "front/stream_sender.h"

namespace ovserve::front {

/// What shall become of a call whose headers have arrived.
struct Admission {
  enum class Kind {
    kUnary,   ///< handle() gets it when it is complete
    kStream,  ///< gRPC only: open() gets it at once
    kRefuse,  ///< answered with `refusal` without reading the body
  };

  Kind kind = Kind::kUnary;
  /// Lowers the limit of all for the body of this call.
  std::size_t body_limit = std::numeric_limits<std::size_t>::max();
  /// Of the call's protocol.
  std::variant<GrpcReply, HttpReply> refusal;
};

/// Gets the messages of one gRPC stream, always on the IO thread of its connection, which it must
/// not hold up. The next message comes only after StreamSender::next().
class StreamReceiver {
 public:
  virtual ~StreamReceiver() = default;

  virtual void on_message(Body message) = 0;
  /// The client sends no more; its end may come with the last message or later.
  virtual void on_half_close() = 0;
};

/// What the front serves. Called on IO threads, by several at the same time; must not hold them up:
/// whatever waits or computes for long answers later, from any thread.
/// What it throws is answered as an internal error.
class CallHandler {
 public:
  virtual ~CallHandler() = default;

  virtual Admission admit(const CallHead& head) = 0;
  virtual void handle(Call call, Responder responder) = 0;
  virtual std::unique_ptr<StreamReceiver> open(Call call, StreamSender sender) = 0;
};

}  // namespace ovserve::front
