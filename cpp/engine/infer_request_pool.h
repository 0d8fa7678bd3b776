#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <openvino/runtime/compiled_model.hpp>
#include <vector>

#include "engine/bound_request.h"
#include "engine/model_ports.h"

namespace ovserve {

/// The infer requests of one compiled model, lent to one inference each.
///
/// They are made when they are first needed, up to a limit; beyond it callers wait and are served
/// in the order in which they came. A lease keeps the pool, and with it the compiled model, alive.
/// Safe to use from any number of threads.
class InferRequestPool : public std::enable_shared_from_this<InferRequestPool> {
 public:
  /// A request on loan: goes back by itself.
  class Lease {
   public:
    Lease(std::shared_ptr<InferRequestPool> pool, std::unique_ptr<BoundRequest> request) noexcept
        : pool_(std::move(pool)), request_(std::move(request)) {}
    ~Lease();

    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;

    BoundRequest& operator*() const noexcept { return *request_; }
    BoundRequest* operator->() const noexcept { return request_.get(); }

    /// For a request that failed: it is not lent again, the pool makes another in its place.
    void discard() noexcept;

   private:
    std::shared_ptr<InferRequestPool> pool_;  // null once moved from or discarded
    std::unique_ptr<BoundRequest> request_;
  };

  /// Makes the first request at once, so that a model that cannot run at all fails here.
  /// OpenVINO's exceptions pass through.
  static std::shared_ptr<InferRequestPool> create(ov::CompiledModel model, std::uint32_t limit);

  /// Waits while all requests are lent. OpenVINO's exceptions pass through where one has to be made.
  Lease acquire();

  const ModelPorts& ports() const noexcept { return ports_; }
  std::uint32_t limit() const noexcept { return limit_; }

  /// What is going on at the moment.
  struct Load {
    std::uint32_t lent = 0;
    std::uint32_t waiting = 0;
  };
  Load load();

 private:
  // A caller that waits. `slot` may hold a request that came back; without one the caller makes it.
  struct Waiter {
    std::condition_variable served;
    bool is_served = false;
    std::unique_ptr<BoundRequest> slot;
  };

  InferRequestPool(ov::CompiledModel model, std::uint32_t limit);

  std::unique_ptr<BoundRequest> make();
  std::unique_ptr<BoundRequest> take_or_wait();
  void give_back(std::unique_ptr<BoundRequest> request) noexcept;

  ov::CompiledModel model_;
  const ModelPorts ports_;
  const std::uint32_t limit_;

  std::mutex mutex_;
  std::uint32_t lent_ = 0;                           // guarded by mutex_
  std::vector<std::unique_ptr<BoundRequest>> idle_;  // guarded by mutex_; the last one is the warmest
  std::list<Waiter*> waiters_;                       // guarded by mutex_
};

}  // namespace ovserve
