#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/infer_part.h"
#include "engine/infer_request_pool.h"

namespace ovserve {

/// One run of an infer request that nobody waits for: for one inference, or for several that are put
/// together along dimension 0.
///
///   OPEN -> STARTING -> RUNNING -> DONE
///    |         |  \-> ENDED -^         the device was done before it had been started altogether
///    \---------+-------------^         all parts cancelled; no infer request to be had; not started
///
/// Parts join while it is open. It keeps itself alive from queue() to its end, and uses the pool only
/// while it has parts: whoever asked for them keeps that alive. Of several whose run fails, each is run
/// again alone, so that only the one at fault gets the error.
class InferRun : public std::enable_shared_from_this<InferRun>,
                 private InferRequestPool::Waiter,
                 private BoundRequest::Listener {
 public:
  enum class Joined { kYes, kNo, kCancelled };

  /// `most_rows`: how many the parts may have together; a first part may have any number.
  static std::shared_ptr<InferRun> create(InferRequestPool& pool, std::int64_t most_rows);

  /// Runs one inference by itself.
  static void run_alone(InferRequestPool& pool, std::unique_ptr<InferPart> part);

  /// Takes the part (kYes), or leaves it where it is: there is no room, or the run has begun (kNo), or
  /// the part was cancelled and is to be ended.
  Joined join(std::unique_ptr<InferPart>& part);

  /// Gets in line for an infer request. Parts may join until it is there.
  void queue();

  /// Whether parts may still join, as far as their rows allow it.
  bool is_open() const;
  bool is_full() const;

  /// One of the parts is not wanted any more.
  void cancel(InferPart& part) noexcept;

 private:
  using Clock = InferPart::Clock;
  using Parts = std::vector<std::unique_ptr<InferPart>>;
  enum class State { kOpen, kStarting, kRunning, kEnded, kDone };

  InferRun(InferRequestPool& pool, std::int64_t most_rows) : pool_(pool), most_rows_(most_rows) {}

  void serve(InferRequestPool::Lease& lease) noexcept override;
  void fail() noexcept override;
  void ended(std::exception_ptr error) noexcept override;

  bool all_cancelled_locked() const;
  bool take_over(InferRequestPool::Lease& lease);
  void started();
  void finish(const std::exception_ptr& error, Clock::time_point ended_at) noexcept;
  Parts take_parts();
  std::vector<InferOutcome> outcomes_of(const Parts& parts, InferRequestPool::Lease& lease,
                                        std::chrono::nanoseconds ran);
  void run_again_or_fail(Parts parts, const std::exception_ptr& error) noexcept;

  InferRequestPool& pool_;
  const std::int64_t most_rows_;

  mutable std::mutex mutex_;
  State state_ = State::kOpen;                    // guarded by mutex_
  bool queued_ = false;                           // guarded by mutex_
  std::int64_t rows_ = 0;                         // guarded by mutex_
  Parts parts_;                                   // guarded by mutex_; fixed from STARTING on
  std::shared_ptr<InferRun> self_;                // guarded by mutex_; from queue() to the end
  std::optional<InferRequestPool::Lease> lease_;  // guarded by mutex_; from STARTING to DONE
  std::exception_ptr error_;                      // guarded by mutex_; while ENDED
  Clock::time_point ended_at_;                    // guarded by mutex_; while ENDED
  std::vector<InferInputs> batch_;                // of the parts; from STARTING on
  Clock::time_point began_;                       // from STARTING on
};

}  // namespace ovserve
