#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <openvino/runtime/compiled_model.hpp>
#include <optional>
#include <vector>

#include "engine/bound_request.h"
#include "engine/model_ports.h"

namespace ovserve {

/// The infer requests of one compiled model, lent to one inference each.
///
/// They are made when they are first needed, up to a limit; beyond it callers wait, with a thread or
/// without one, and are served in the order in which they came. A lease keeps the pool, and with it
/// the compiled model, alive. Safe to use from any number of threads.
class InferRequestPool : public std::enable_shared_from_this<InferRequestPool> {
 public:
  /// A request on loan: goes back by itself.
  class Lease {
   public:
    Lease(std::shared_ptr<InferRequestPool> pool, std::unique_ptr<BoundRequest> request) noexcept
        : pool_(std::move(pool)), request_(std::move(request)) {}
    ~Lease();

    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&& other) noexcept;

    /// False once moved from.
    explicit operator bool() const noexcept { return pool_ != nullptr; }
    BoundRequest& operator*() const noexcept { return *request_; }
    BoundRequest* operator->() const noexcept { return request_.get(); }

   private:
    friend class InferRequestPool;

    std::shared_ptr<InferRequestPool> pool_;  // null once moved from
    std::unique_ptr<BoundRequest> request_;
  };

  /// Somebody who waits for a request.
  class Waiter {
   public:
    Waiter() = default;
    virtual ~Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// A request is there: takes it out of `lease`, or leaves it to the next one. Called once, by
    /// whoever gave the request back, so it must be quick.
    virtual void serve(Lease& lease) noexcept = 0;
    /// In place of serve(), if there is none and none can be made; called within a handler of what
    /// OpenVINO threw.
    virtual void fail() noexcept = 0;

   private:
    friend class InferRequestPool;

    bool is_queued_ = false;              // guarded by the pool's mutex_
    std::list<Waiter*>::iterator place_;  // guarded by the pool's mutex_; valid while queued
  };

  /// Makes the first request at once, so that a model that cannot run at all fails here.
  /// OpenVINO's exceptions pass through. `on_cpu`: see BoundRequest.
  static std::shared_ptr<InferRequestPool> create(ov::CompiledModel model, std::uint32_t limit, bool on_cpu = false);

  /// Waits while all requests are lent. OpenVINO's exceptions pass through where one has to be made.
  Lease acquire();

  /// The same without waiting: none while all are lent.
  std::optional<Lease> try_acquire();

  /// The same, but has `waiter` served in its turn where try_acquire() would give none. It must stay
  /// until then, or until withdraw() has taken it out.
  std::optional<Lease> acquire_or_queue(Waiter& waiter);

  /// Takes a waiter out of the queue. False if it is not there: its turn has come.
  bool withdraw(Waiter& waiter);

  const ModelPorts& ports() const noexcept { return ports_; }
  std::uint32_t limit() const noexcept { return limit_; }

  /// Inferences that wait for a request, counted by those who wait. acquire() counts by itself.
  void count_waiting(std::int32_t more) noexcept { waiting_.fetch_add(more, std::memory_order_relaxed); }

  /// What is going on at the moment.
  struct Load {
    std::uint32_t lent = 0;
    std::uint32_t waiting = 0;
  };
  Load load();

 private:
  InferRequestPool(ov::CompiledModel model, std::uint32_t limit, bool on_cpu);

  std::unique_ptr<BoundRequest> make();
  bool take_locked(std::unique_ptr<BoundRequest>& request);
  Lease lend(std::unique_ptr<BoundRequest> request);
  void give_back(std::unique_ptr<BoundRequest> request) noexcept;

  ov::CompiledModel model_;
  const ModelPorts ports_;
  const std::uint32_t limit_;
  const bool on_cpu_;
  std::atomic<std::int32_t> waiting_{0};

  std::mutex mutex_;
  std::uint32_t lent_ = 0;                           // guarded by mutex_
  std::vector<std::unique_ptr<BoundRequest>> idle_;  // guarded by mutex_; the last one is the warmest
  std::list<Waiter*> waiters_;                       // guarded by mutex_
};

}  // namespace ovserve
