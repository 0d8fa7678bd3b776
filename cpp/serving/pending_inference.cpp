#include "serving/pending_inference.h"

#include <utility>

#include "base/log.h"
#include "serving/kserve_exchanges.h"
#include "serving/tfs_exchanges.h"

namespace ovserve {
namespace {

std::unique_ptr<InferenceExchange> make_exchange(InferenceCall& call, std::size_t json_depth) {
  switch (call.api) {
    case InferenceApi::kTfsPredict:
      return std::make_unique<TfsGrpcExchange>(call.body);
    case InferenceApi::kKserveInfer:
      return std::make_unique<KserveGrpcExchange>(call.body);
    case InferenceApi::kKserveStreamInfer:
      return std::make_unique<KserveStreamExchange>(call.body);
    case InferenceApi::kTfsRestPredict:
      return std::make_unique<TfsRestExchange>(std::move(call.model), call.version, call.body, json_depth);
    case InferenceApi::kKserveRestInfer:
      break;
  }
  return std::make_unique<KserveRestExchange>(std::move(call.model), call.version, call.body, call.header_length,
                                              json_depth);
}

/// What an answer with content that lies in the outputs needs. The result goes first: the model must
/// be there until then.
struct HeldResult {
  ModelLease lease;
  std::unique_ptr<InferResult> result;
};

}  // namespace

PendingInference::PendingInference(const InferenceContext& context, InferenceCall call, OnReply on_reply)
    : workers_(context.workers),
      call_(std::move(call)),
      on_reply_(std::move(on_reply)),
      exchange_(make_exchange(call_, context.limits.json_depth)),
      pipeline_(*exchange_, context) {}

void PendingInference::start(const InferenceContext& context, InferenceCall call, OnReply on_reply) noexcept {
  // Without memory for it there is none for an answer either.
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new)
  auto* const pending = new PendingInference(context, std::move(call), std::move(on_reply));
  pending->take([&] {
    pending->go_on(pending->exchange_->is_long_to_read(),
                   [pending, &repository = context.repository] { pending->lease(repository); });
  });
}

// A step that throws ends the inference; one that returns has handed it on, so that it may be gone.
template <class Step>
void PendingInference::take(const Step& step) noexcept {
  try {
    step();
  } catch (const Error& error) {
    fail(error);
  } catch (...) {
    fail(Error(ErrorCode::kInternal, describe_current_exception()));
  }
}

// While it stands behind others, a cancelled call is not ended; it is when its turn comes.
template <class Step>
void PendingInference::go_on(bool is_long, Step step) {
  if (!is_long || workers_ == nullptr || workers_->is_here()) return step();
  workers_->post([this, step = std::move(step)] {
    take([&] {
      if (call_.cancelled.stop_requested()) throw Error(ErrorCode::kCancelled, "The request was cancelled");
      step();
    });
  });
}

void PendingInference::lease(ModelRepository& repository) {
  const auto target = pipeline_.target();
  if (auto lease = repository.try_acquire(target.model, target.version)) {
    read(*lease);
    return;
  }
  repository.acquire_async(
      target.model, target.version,
      [this](std::variant<ModelLease, Error> outcome) {
        take([&] {
          if (const auto* lease = std::get_if<ModelLease>(&outcome)) {
            go_on(exchange_->is_long_to_read(), [this, held = *lease] { read(held); });
          } else {
            fail(std::get<Error>(outcome));
          }
        });
      },
      call_.cancelled);
}

void PendingInference::read(const ModelLease& lease) {
  const bool has_images = pipeline_.read(lease);
  go_on(has_images, [this] { infer(); });
}

void PendingInference::infer() {
  const auto inputs = pipeline_.inputs();
  pipeline_.model().infer_async(
      inputs, [this](InferOutcome outcome) { take([&] { answer(std::move(outcome)); }); }, call_.cancelled);
}

void PendingInference::answer(InferOutcome outcome) {
  if (const auto* error = std::get_if<Error>(&outcome)) return fail(*error);
  auto result = std::get<std::unique_ptr<InferResult>>(std::move(outcome));
  if (!pipeline_.is_long_to_answer(*result)) return write(std::move(result));
  const auto held = std::make_shared<std::unique_ptr<InferResult>>(std::move(result));
  go_on(true, [this, held] { write(std::move(*held)); });
}

void PendingInference::write(std::unique_ptr<InferResult> result) {
  ChainSink sink;
  pipeline_.answer(*result, sink);
  pipeline_.answered(sink.size());
  std::shared_ptr<const void> held;
  if (sink.has_placed()) held = std::make_shared<HeldResult>(HeldResult{pipeline_.lease(), std::move(result)});
  result.reset();  // the infer request is free from here on
  reply(InferenceReply{sink.take(std::move(held)), exchange_->header_length()});
}

void PendingInference::fail(const Error& error) {
  ChainSink sink;
  if (exchange_->write_error(error, sink)) {
    reply(InferenceReply{sink.take(), std::nullopt});
  } else {
    reply(error);
  }
}

// The model is given back before the caller hears of it.
void PendingInference::reply(std::variant<InferenceReply, Error> outcome) {
  const OnReply on_reply = std::move(on_reply_);
  delete this;
  try {
    on_reply(std::move(outcome));
  } catch (...) {
    log(LogLevel::kError, "ovserve.serving", "a reply was not taken: " + describe_current_exception());
  }
}

}  // namespace ovserve
