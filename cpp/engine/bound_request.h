#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <openvino/runtime/infer_request.hpp>
#include <span>
#include <vector>

#include "base/tensor.h"
#include "engine/model_ports.h"

namespace ovserve {

/// The inputs of one inference: one view per input of the signature, in its order.
using InferInputs = std::span<const TensorView>;

/// One infer request with the tensors that stay bound to it. Used by one thread at a time.
///
/// Small inputs of fixed size are copied into a tensor that stays bound, which is cheaper than
/// binding another; all others are bound to the caller's memory for one run and never read after
/// it, since the next run binds its own before anything else happens. Inputs of several inferences
/// are copied behind one another into a tensor that the request keeps.
/// A request whose run failed may be used again.
class BoundRequest {
 public:
  /// Is told when a run that start() began has ended.
  class Listener {
   public:
    virtual ~Listener() = default;

    /// On one of the device's threads; `error`: null after a success. The request is free again.
    virtual void ended(std::exception_ptr error) noexcept = 0;
  };

  /// `ports` must outlive the request. `on_cpu`: the device is known to keep output tensors of fixed size
  /// where they are, so that they need not be asked for after each run.
  BoundRequest(ov::InferRequest request, const ModelPorts& ports, bool on_cpu);
  /// Not to be destroyed by a Listener: it waits until that has returned.
  ~BoundRequest() = default;

  BoundRequest(const BoundRequest&) = delete;
  BoundRequest& operator=(const BoundRequest&) = delete;

  /// Runs one inference. OpenVINO's exceptions pass through.
  /// Throws Error(kInternal) if the inputs do not fit, which the caller should have made sure of.
  void run(InferInputs inputs);

  /// Begins a run and returns. `batch`: one inference, or several that are equal in everything but the
  /// size of dimension 0, along which they are put together. Throws like run(); the listener is then
  /// not told. Everything that `batch` points to must stay until it is, and read_outputs() was called.
  void start(std::span<const InferInputs> batch, Listener& listener);

  /// Ends a run that start() began and that succeeded: makes its outputs available.
  void read_outputs(std::span<const InferInputs> batch);

  /// Has a run that start() began end early, if it has not ended yet: with ov::Cancelled.
  /// From any thread, but not during start().
  void cancel() noexcept;

  /// The outputs of the last run: never in the caller's input memory, valid until the next run.
  std::span<const TensorView> outputs() const noexcept { return outputs_; }

  /// Whether a Listener of any request is being told on this thread.
  static bool in_listener() noexcept;

 private:
  struct Input {
    const TensorInfo* info;
    ov::element::Type type;
    ov::Tensor bound;     ///< none: bound anew for each run
    ov::Tensor gathered;  ///< of several inferences; grows with the largest batch
  };

  void bind(std::span<const InferInputs> batch);
  void bind_one(std::size_t number, const TensorView& view);
  void bind_batch(std::size_t number, std::span<const InferInputs> batch);
  void ended(std::exception_ptr error) noexcept;

  const ModelPorts& ports_;
  std::vector<Input> inputs_;
  bool outputs_stay_ = false;     ///< what was read once is right for all runs
  std::vector<ov::Tensor> held_;  ///< one per output: keeps what outputs_ points to; none before the first run
  std::vector<TensorView> outputs_;
  std::atomic<Listener*> listener_{nullptr};
  ov::InferRequest request_;  ///< last, since its destructor waits for the callback, which uses the others
};

}  // namespace ovserve
