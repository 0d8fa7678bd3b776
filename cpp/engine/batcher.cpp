#include "engine/batcher.h"

#include <algorithm>
#include <utility>

#include "engine/inference_error.h"

namespace ovserve {
namespace {

// The size of dimension 0, if all inputs have the same; else 0.
std::int64_t common_rows(InferInputs inputs) {
  std::int64_t rows = 0;
  for (const TensorView& input : inputs) {
    if (input.shape.empty() || (rows != 0 && input.shape.front() != rows)) return 0;
    rows = input.shape.front();
  }
  return rows;
}

bool has_row_shape(const TensorView& input, const Shape& row_shape) {
  return std::equal(input.shape.begin() + 1, input.shape.end(), row_shape.begin(), row_shape.end());
}

bool have_row_shapes(InferInputs inputs, const std::vector<Shape>& row_shapes) {
  return std::equal(inputs.begin(), inputs.end(), row_shapes.begin(), row_shapes.end(), has_row_shape);
}

std::vector<Shape> row_shapes_of(InferInputs inputs) {
  std::vector<Shape> shapes;
  shapes.reserve(inputs.size());
  for (const TensorView& input : inputs) shapes.emplace_back(input.shape.begin() + 1, input.shape.end());
  return shapes;
}

}  // namespace

Batcher::Batcher(InferRequestPool& pool, const Batching& batching, std::shared_ptr<Timer> timer)
    : pool_(pool), max_batch_(batching.max_batch), max_delay_(batching.max_delay), timer_(std::move(timer)) {}

void Batcher::add(InferInputs inputs, InferCompletion completion, std::stop_token cancelled) {
  const std::int64_t rows = common_rows(inputs);
  auto part = std::make_unique<InferPart>(inputs, rows, std::move(completion), std::move(cancelled));
  if (rows == 0 || rows >= max_batch_) {
    InferRun::run_alone(pool_, std::move(part));
    return;
  }
  Runs due;
  {
    const std::lock_guard lock(mutex_);
    due = join_locked(part);
  }
  // By now the part may have ended, and this object with it.
  for (const auto& run : due) run->queue();
  if (part) part->end(cancelled_error());
}

// Puts the part into a run, unless it is cancelled; returns the runs that are to be queued.
Batcher::Runs Batcher::join_locked(std::unique_ptr<InferPart>& part) {
  Runs due;
  std::erase_if(gathering_, [](const Gathering& gathering) { return !gathering.run->is_open(); });
  const auto equal = std::find_if(gathering_.begin(), gathering_.end(), [&](const Gathering& gathering) {
    return have_row_shapes(part->inputs(), gathering.row_shapes);
  });
  if (equal == gathering_.end()) {
    open_locked(part, due);
    return due;
  }
  const auto run = equal->run;
  const InferRun::Joined joined = run->join(part);
  if (joined == InferRun::Joined::kNo) {
    gathering_.erase(equal);
    due.push_back(run);
    open_locked(part, due);
  } else if (run->is_full()) {
    due.push_back(run);
  }
  return due;
}

void Batcher::open_locked(std::unique_ptr<InferPart>& part, Runs& due) {
  auto row_shapes = row_shapes_of(part->inputs());
  const auto run = InferRun::create(pool_, max_batch_);
  if (run->join(part) != InferRun::Joined::kYes) return;
  gathering_.push_back({std::move(row_shapes), run});
  if (max_delay_.count() == 0) {
    due.push_back(run);
    return;
  }
  timer_->call_at(Timer::Clock::now() + max_delay_, [waiting = std::weak_ptr<InferRun>(run)] {
    if (const auto due_now = waiting.lock()) due_now->queue();
  });
}

}  // namespace ovserve
