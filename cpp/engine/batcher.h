#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "engine/infer_request_pool.h"
#include "engine/infer_run.h"
#include "engine/model.h"
#include "engine/timer.h"

namespace ovserve {

/// Puts inferences together whose inputs have equal shapes but for dimension 0: as many as come within
/// the delay, and then, while no infer request is free, until their turn comes. One that is as large as
/// a batch may be, or whose inputs differ in dimension 0, runs by itself. Thread-safe.
class Batcher {
 public:
  /// The pool must outlive this, and this every inference that was added.
  Batcher(InferRequestPool& pool, const Batching& batching, std::shared_ptr<Timer> timer);

  /// See Model::infer_async.
  void add(InferInputs inputs, InferCompletion completion, std::stop_token cancelled);

 private:
  // A run that may be joined, and the inputs' shapes without dimension 0.
  struct Gathering {
    std::vector<Shape> row_shapes;
    std::shared_ptr<InferRun> run;
  };
  using Runs = std::vector<std::shared_ptr<InferRun>>;

  Runs join_locked(std::unique_ptr<InferPart>& part);
  void open_locked(std::unique_ptr<InferPart>& part, Runs& due);

  InferRequestPool& pool_;
  const std::int64_t max_batch_;
  const std::chrono::microseconds max_delay_;
  const std::shared_ptr<Timer> timer_;

  std::mutex mutex_;
  std::vector<Gathering> gathering_;  // guarded by mutex_
};

}  // namespace ovserve
