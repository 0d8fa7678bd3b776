#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "front/call_handler.h"
#include "gateway/grpc_methods.h"
#include "gateway/health_watcher.h"
#include "gateway/infer_stream.h"
#include "gateway/open_streams.h"
#include "gateway/passed_calls.h"
#include "gateway/rest_target.h"
#include "serving/inference_service.h"

namespace ovserve {

/// Answers the calls of a native front: inferences and everything quick by the core itself, on the
/// threads that bring them, and all others through the passage.
/// The service must outlive it, and it the front.
class Gateway : public front::CallHandler {
 public:
  /// Health Watch streams at a time. One holds no thread, but each is looked at whenever the state changes.
  static constexpr std::size_t kMostWatchers = 512;

  explicit Gateway(InferenceService& service) noexcept : service_(service) {}

  front::Admission admit(const front::CallHead& head) override;
  void handle(front::Call call, front::Responder responder) override;
  std::unique_ptr<front::StreamReceiver> open(front::Call call, front::StreamSender sender) override;

  /// Requests that the core does not answer wait there.
  Passage& passage() noexcept { return passed_.passage; }

  /// The calls about which wait there although the core knows their routes and methods.
  PassedModels& passed_models() noexcept { return passed_.models; }

  /// Tells health watchers that the server's state may have changed.
  void announce_state();
  /// Ends the streams, each after the message that it is at, so that none delays a stop.
  void close_streams();

 private:
  void handle_grpc(front::Call call, front::Responder responder);
  void handle_http(front::Call call, front::Responder responder);
  void begin_inference(InferenceApi api, const RestTarget& target, PassedCall call);
  front::HttpReply answer(const RestTarget& target);

  InferenceService& service_;
  PassedCalls passed_;
  OpenStreams<HealthWatcher> watchers_{kMostWatchers};
  OpenStreams<InferStream> streams_;
};

}  // namespace ovserve
