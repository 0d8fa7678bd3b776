#pragma once

#include <memory>
#include <mutex>
#include <variant>

#include "front/body.h"
#include "front/call.h"
#include "front/stream_sender.h"
#include "gateway/passed_calls.h"
#include "serving/inference_service.h"

namespace ovserve {

/// One ModelStreamInfer stream: each message is answered by itself, in the order in which they came;
/// one that cannot be answered costs the stream nothing but that answer. Thread-safe.
class InferStream : public std::enable_shared_from_this<InferStream> {
 public:
  /// `passed` gets the messages about models that others have.
  InferStream(InferenceService& service, PassedCalls& passed, front::Call call, front::StreamSender sender) noexcept
      : service_(service), passed_(passed), call_(std::move(call)), sender_(std::move(sender)) {}

  void infer(front::Body message);
  /// The client sends no more.
  void half_close();
  /// Ends the stream, after the message that it is at.
  void close();

 private:
  void pass(front::Body message);
  void answer(std::variant<InferenceReply, Error> reply);
  void answered();
  /// What comes when nothing is under way. Call under the lock.
  void go_on();

  InferenceService& service_;
  PassedCalls& passed_;
  const front::Call call_;
  const front::StreamSender sender_;
  std::mutex mutex_;
  bool busy_ = false;         // guarded by mutex_
  bool half_closed_ = false;  // guarded by mutex_
  bool closing_ = false;      // guarded by mutex_
};

}  // namespace ovserve
