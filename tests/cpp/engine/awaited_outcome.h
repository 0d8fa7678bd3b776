#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "engine/model.h"

namespace ovserve::testing {

/// Receives the outcome of one inference that nobody waits for, and waits for it after all.
class AwaitedOutcome {
 public:
  InferCompletion completion() {
    return [promise = promise_](InferOutcome outcome) { promise->set_value(std::move(outcome)); };
  }

  bool is_there() { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }

  InferOutcome get() {
    if (future_.wait_for(std::chrono::seconds(60)) == std::future_status::ready) return future_.get();
    ADD_FAILURE() << "no outcome";
    return Error(ErrorCode::kInternal, "no outcome");
  }

  /// Null, and a failure, if it is an error.
  std::unique_ptr<InferResult> result() {
    InferOutcome outcome = get();
    if (const auto* error = std::get_if<Error>(&outcome)) {
      ADD_FAILURE() << error->what();
      return nullptr;
    }
    return std::get<std::unique_ptr<InferResult>>(std::move(outcome));
  }

  /// "CODE: text", or "" if it is none.
  std::string error() {
    const InferOutcome outcome = get();
    const auto* error = std::get_if<Error>(&outcome);
    return error == nullptr ? "" : std::string(name_of(error->code())) + ": " + error->what();
  }

 private:
  std::shared_ptr<std::promise<InferOutcome>> promise_ = std::make_shared<std::promise<InferOutcome>>();
  std::future<InferOutcome> future_ = promise_->get_future();
};

constexpr const char* kCancelled = "CANCELLED: The request was cancelled";

}  // namespace ovserve::testing
