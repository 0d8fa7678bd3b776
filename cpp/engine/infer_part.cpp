#include "engine/infer_part.h"

#include <utility>

#include "base/log.h"
#include "engine/infer_run.h"

namespace ovserve {

InferPart::InferPart(InferInputs inputs, std::int64_t rows, InferCompletion completion, std::stop_token cancelled)
    : InferPart(inputs, rows, Clock::now(), std::move(completion), std::move(cancelled)) {}

InferPart::InferPart(InferInputs inputs, std::int64_t rows, Clock::time_point came, InferCompletion completion,
                     std::stop_token cancelled)
    : inputs_(inputs), rows_(rows), came_(came), completion_(std::move(completion)), token_(std::move(cancelled)) {
  if (token_.stop_possible()) watch_.emplace(token_, Cancel{*this});
}

// Whoever puts a part into a run sets run_ and then looks at is_cancelled_: one of the two sees the other.
void InferPart::cancel() noexcept {
  is_cancelled_ = true;
  if (InferRun* const run = run_) run->cancel(*this);
}

std::unique_ptr<InferPart> InferPart::begin_anew() {
  watch_.reset();
  return std::unique_ptr<InferPart>(new InferPart(inputs_, rows_, came_, std::move(completion_), std::move(token_)));
}

void InferPart::end(InferOutcome outcome) noexcept {
  watch_.reset();
  complete(completion_, std::move(outcome));
}

void complete(const InferCompletion& completion, InferOutcome outcome) noexcept {
  try {
    completion(std::move(outcome));
  } catch (...) {
    log(LogLevel::kError, "ovserve.engine", "what an inference was for failed: " + describe_current_exception());
  }
}

}  // namespace ovserve
