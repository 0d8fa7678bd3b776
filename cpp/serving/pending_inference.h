#pragma once

#include <memory>
#include <variant>

#include "base/chain_sink.h"
#include "repository/model_repository.h"
#include "serving/inference_call.h"
#include "serving/inference_exchange.h"
#include "serving/inference_pipeline.h"

namespace ovserve {

/// An inference on its way from its call to its reply, on whatever thread takes it further; what takes long,
/// such as large JSON and images, on one of the workers. It owns itself, and is gone when the reply is given.
class PendingInference {
 public:
  /// Begins the inference. The context must stay until the reply.
  static void start(const InferenceContext& context, InferenceCall call, OnReply on_reply) noexcept;

  PendingInference(const PendingInference&) = delete;
  PendingInference& operator=(const PendingInference&) = delete;

 private:
  PendingInference(const InferenceContext& context, InferenceCall call, OnReply on_reply);

  // Each goes on to the next, or to the reply.
  void lease(ModelRepository& repository);
  void read(const ModelLease& lease);
  void infer();
  void answer(InferOutcome outcome);
  void write(std::unique_ptr<InferResult> result);

  template <class Step>
  void take(const Step& step) noexcept;
  /// Takes the step here, or, if it is long, has a worker take it.
  template <class Step>
  void go_on(bool is_long, Step step);
  void fail(const Error& error);
  void reply(std::variant<InferenceReply, Error> outcome);

  ThreadPool* const workers_;
  InferenceCall call_;
  OnReply on_reply_;
  std::unique_ptr<InferenceExchange> exchange_;
  InferencePipeline pipeline_;
};

}  // namespace ovserve
