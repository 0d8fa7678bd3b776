#pragma once

#include <cstddef>
#include <openvino/runtime/infer_request.hpp>
#include <span>
#include <vector>

#include "base/tensor.h"
#include "engine/model_ports.h"

namespace ovserve {

/// One infer request with the tensors that stay bound to it. Used by one thread at a time.
///
/// Small inputs of fixed size are copied into a tensor that stays bound, which is cheaper than
/// binding another; all others are bound to the caller's memory for one run and never read after
/// it, since the next run binds its own before anything else happens.
class BoundRequest {
 public:
  /// `ports` must outlive the request.
  BoundRequest(ov::InferRequest request, const ModelPorts& ports);

  /// Runs one inference. OpenVINO's exceptions pass through; the object is not to be used again then.
  /// Throws Error(kInternal) if the inputs do not fit, which the caller should have made sure of.
  void run(std::span<const TensorView> inputs);

  /// The outputs of the last run: never in the caller's input memory, valid until the next run.
  std::span<const TensorView> outputs() const noexcept { return outputs_; }

 private:
  struct Input {
    const TensorInfo* info;
    ov::element::Type type;
    ov::Tensor bound;  ///< none: bound anew for each run
  };

  void bind(std::size_t number, const TensorView& view);
  void read_outputs(std::span<const TensorView> inputs);

  ov::InferRequest request_;
  const ModelPorts& ports_;
  std::vector<Input> inputs_;
  std::vector<ov::Tensor> held_;  ///< one per output: keeps what outputs_ points to
  std::vector<TensorView> outputs_;
};

}  // namespace ovserve
