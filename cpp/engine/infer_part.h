#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "engine/bound_request.h"
#include "engine/model.h"

namespace ovserve {

class InferRun;

/// An inference that somebody asked for without waiting: what it needs, and where its outcome goes.
class InferPart {
 public:
  using Clock = std::chrono::steady_clock;

  /// `rows`: the size of dimension 0 of its inputs, where that matters.
  InferPart(InferInputs inputs, std::int64_t rows, InferCompletion completion, std::stop_token cancelled);
  /// Not under the lock of a run: it waits for a cancellation that is under way.
  ~InferPart() = default;
  InferPart(const InferPart&) = delete;
  InferPart& operator=(const InferPart&) = delete;

  InferInputs inputs() const noexcept { return inputs_; }
  std::int64_t rows() const noexcept { return rows_; }
  Clock::time_point came() const noexcept { return came_; }
  bool is_cancelled() const noexcept { return is_cancelled_; }

  /// The run that is to be told when the inference is cancelled from now on. It must live as long as this.
  void belongs_to(InferRun& run) noexcept { run_ = &run; }

  /// The same inference, for another run; this one has no outcome any more.
  std::unique_ptr<InferPart> begin_anew();

  /// Ends the inference. The last thing to be called.
  void end(InferOutcome outcome) noexcept;

 private:
  struct Cancel {
    InferPart& part;
    void operator()() const noexcept { part.cancel(); }
  };

  InferPart(InferInputs inputs, std::int64_t rows, Clock::time_point came, InferCompletion completion,
            std::stop_token cancelled);
  void cancel() noexcept;

  const InferInputs inputs_;
  const std::int64_t rows_;
  const Clock::time_point came_;
  InferCompletion completion_;
  std::stop_token token_;
  std::atomic<bool> is_cancelled_{false};
  std::atomic<InferRun*> run_{nullptr};
  std::optional<std::stop_callback<Cancel>> watch_;  // last: it uses the others
};

/// Calls it; what it throws is logged.
void complete(const InferCompletion& completion, InferOutcome outcome) noexcept;

}  // namespace ovserve
