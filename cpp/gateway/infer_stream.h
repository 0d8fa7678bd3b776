#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <variant>

#include "front/body.h"
#include "front/stream_sender.h"
#include "serving/inference_service.h"

namespace ovserve {

/// One ModelStreamInfer stream: each message is answered by itself, in the order in which they came;
/// one that cannot be answered costs the stream nothing but that answer. Thread-safe.
class InferStream : public std::enable_shared_from_this<InferStream> {
 public:
  InferStream(InferenceService& service, front::StreamSender sender, std::stop_token cancelled) noexcept
      : service_(service), sender_(std::move(sender)), cancelled_(std::move(cancelled)) {}

  void infer(front::Body message);
  /// The client sends no more.
  void half_close();
  /// Ends the stream, after the message that it is at.
  void close();

 private:
  void answer(std::variant<InferenceReply, Error> reply);
  /// What comes when nothing is under way. Call under the lock.
  void go_on();

  InferenceService& service_;
  const front::StreamSender sender_;
  const std::stop_token cancelled_;
  std::mutex mutex_;
  bool busy_ = false;         // guarded by mutex_
  bool half_closed_ = false;  // guarded by mutex_
  bool closing_ = false;      // guarded by mutex_
};

}  // namespace ovserve
