#include "engine/infer_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "engine/inference_error.h"
#include "engine/leased_results.h"

namespace ovserve {
namespace {

// Every output must have one row for each that went in, or it cannot be shared out.
void check_rows(const InferRequestPool::Lease& lease, std::int64_t rows) {
  for (const TensorView& output : lease->outputs()) {
    if (!output.shape.empty() && output.shape.front() == rows) continue;
    throw Error(ErrorCode::kInternal, "an output of the shape " + to_string(output.shape) +
                                          " cannot be shared out among inferences of " + std::to_string(rows) +
                                          " rows");
  }
}

}  // namespace

std::shared_ptr<InferRun> InferRun::create(InferRequestPool& pool, std::int64_t most_rows) {
  return std::shared_ptr<InferRun>(new InferRun(pool, most_rows));
}

void InferRun::run_alone(InferRequestPool& pool, std::unique_ptr<InferPart> part) {
  const auto run = create(pool, 0);
  if (run->join(part) == Joined::kYes) {
    run->queue();
  } else {
    part->end(cancelled_error());
  }
}

InferRun::Joined InferRun::join(std::unique_ptr<InferPart>& part) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kOpen) return Joined::kNo;
  if (!parts_.empty() && rows_ + part->rows() > most_rows_) return Joined::kNo;
  part->belongs_to(*this);
  if (part->is_cancelled()) return Joined::kCancelled;
  rows_ += part->rows();
  parts_.push_back(std::move(part));
  pool_.count_waiting(1);
  return Joined::kYes;
}

bool InferRun::is_open() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::kOpen;
}

bool InferRun::is_full() const {
  const std::lock_guard lock(mutex_);
  return rows_ >= most_rows_;
}

void InferRun::queue() {
  std::shared_ptr<InferRequestPool> pool;  // the parts may be cancelled meanwhile
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOpen || queued_) return;
    if (parts_.empty()) {
      state_ = State::kDone;
      return;
    }
    queued_ = true;
    self_ = shared_from_this();
    pool = pool_.shared_from_this();
  }
  std::optional<InferRequestPool::Lease> lease;
  try {
    lease = pool->acquire_or_queue(*this);
  } catch (...) {
    fail();
    return;
  }
  if (lease) serve(*lease);
}

void InferRun::cancel(InferPart& part) noexcept {
  const auto keep = shared_from_this();
  std::unique_ptr<InferPart> given_up;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kRunning && all_cancelled_locked()) (*lease_)->cancel();
    if (state_ != State::kOpen) return;
    const auto found = std::find_if(parts_.begin(), parts_.end(), [&](const auto& own) { return own.get() == &part; });
    if (found == parts_.end()) return;
    given_up = std::move(*found);
    parts_.erase(found);
    rows_ -= given_up->rows();
    pool_.count_waiting(-1);
    if (parts_.empty()) {
      state_ = State::kDone;
      // If its turn has come just now, serve() finds it done.
      if (queued_ && pool_.withdraw(*this)) self_.reset();
    }
  }
  given_up->end(cancelled_error());
}

bool InferRun::all_cancelled_locked() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->is_cancelled(); });
}

void InferRun::serve(InferRequestPool::Lease& lease) noexcept {
  const auto keep = shared_from_this();
  try {
    if (!take_over(lease)) return;
    (*lease_)->start(batch_, *this);
  } catch (...) {
    const std::exception_ptr error = std::current_exception();
    Parts parts = take_parts();
    if (lease_) lease = *std::exchange(lease_, std::nullopt);
    run_again_or_fail(std::move(parts), error);
    return;
  }
  started();
}

bool InferRun::take_over(InferRequestPool::Lease& lease) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kOpen) {
    self_.reset();
    return false;
  }
  state_ = State::kStarting;
  pool_.count_waiting(-static_cast<std::int32_t>(parts_.size()));
  lease_.emplace(std::move(lease));
  batch_.reserve(parts_.size());
  for (const auto& part : parts_) batch_.push_back(part->inputs());
  began_ = Clock::now();
  return true;
}

void InferRun::started() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kStarting) {
      state_ = State::kRunning;
      if (all_cancelled_locked()) (*lease_)->cancel();
      return;
    }
  }
  finish(error_, ended_at_);
}

void InferRun::ended(std::exception_ptr error) noexcept {
  const auto ended_at = Clock::now();
  const auto keep = shared_from_this();
  {
    const std::lock_guard lock(mutex_);
    // The thread that is still starting it goes on: once the parts have ended, the device's code that
    // it is in may be gone.
    if (state_ == State::kStarting) {
      state_ = State::kEnded;
      error_ = std::move(error);
      ended_at_ = ended_at;
      return;
    }
  }
  finish(error, ended_at);
}

void InferRun::fail() noexcept {
  const auto keep = shared_from_this();
  const std::exception_ptr error = std::current_exception();
  const Parts parts = take_parts();
  pool_.count_waiting(-static_cast<std::int32_t>(parts.size()));
  for (const auto& part : parts) part->end(request_error(error));
}

void InferRun::finish(const std::exception_ptr& error, Clock::time_point ended_at) noexcept {
  Parts parts = take_parts();
  auto lease = std::exchange(lease_, std::nullopt);
  std::exception_ptr problem = error;
  if (problem == nullptr) {
    try {
      (*lease)->read_outputs(batch_);
      auto outcomes = outcomes_of(parts, *lease, ended_at - began_);
      for (std::size_t i = 0; i < parts.size(); ++i) parts[i]->end(std::move(outcomes[i]));
      return;
    } catch (...) {
      problem = std::current_exception();
    }
  }
  lease.reset();  // first, since nothing of the model may be held when its last part has ended
  run_again_or_fail(std::move(parts), problem);
}

InferRun::Parts InferRun::take_parts() {
  const std::lock_guard lock(mutex_);
  state_ = State::kDone;
  self_.reset();
  return std::move(parts_);
}

std::vector<InferOutcome> InferRun::outcomes_of(const Parts& parts, InferRequestPool::Lease& lease,
                                                std::chrono::nanoseconds ran) {
  std::vector<InferOutcome> outcomes;
  outcomes.reserve(parts.size());
  if (parts.size() == 1) {
    const InferTimes times{began_ - parts.front()->came(), ran};
    outcomes.emplace_back(std::make_unique<LeasedResult>(std::move(lease), times));
    return outcomes;
  }
  check_rows(lease, rows_);
  const auto shared = std::make_shared<const InferRequestPool::Lease>(std::move(lease));
  const auto all = static_cast<std::size_t>(rows_);
  std::size_t first = 0;
  for (const auto& part : parts) {
    const auto rows = static_cast<std::size_t>(part->rows());
    const InferTimes times{began_ - part->came(), ran};
    outcomes.emplace_back(std::make_unique<SharedResult>(shared, first, rows, all, times));
    first += rows;
  }
  return outcomes;
}

// Parts of the batch may be at fault that the others do not know of.
void InferRun::run_again_or_fail(Parts parts, const std::exception_ptr& error) noexcept {
  for (auto& part : parts) {
    if (parts.size() == 1) {
      part->end(inference_error(error, pool_.ports().signature));
    } else if (part->is_cancelled()) {
      part->end(cancelled_error());
    } else {
      run_alone(pool_, part->begin_anew());
    }
  }
}

}  // namespace ovserve
