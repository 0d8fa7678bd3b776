#include "engine/leased_results.h"

#include <cstdint>
#include <utility>

namespace ovserve {
namespace {

TensorView rows_of(const TensorView& tensor, std::size_t first, std::size_t rows, std::size_t all) {
  const std::size_t row_bytes = tensor.bytes / all;
  TensorView part = tensor;
  part.shape.front() = static_cast<std::int64_t>(rows);
  part.data = static_cast<const std::byte*>(tensor.data) + first * row_bytes;
  part.bytes = rows * row_bytes;
  return part;
}

}  // namespace

SharedResult::SharedResult(std::shared_ptr<const InferRequestPool::Lease> lease, std::size_t first, std::size_t rows,
                           std::size_t all, InferTimes times)
    : lease_(std::move(lease)), times_(times) {
  const auto outputs = (*lease_)->outputs();
  outputs_.reserve(outputs.size());
  for (const TensorView& output : outputs) outputs_.push_back(rows_of(output, first, rows, all));
}

}  // namespace ovserve
