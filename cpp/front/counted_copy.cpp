#include "front/counted_copy.h"

namespace ovserve::front {

std::shared_ptr<CountedCopy> CountedCopy::make(std::shared_ptr<MemoryShare> share, std::size_t size) {
  auto copy = std::make_shared<CountedCopy>(size);
  if (!share->take(copy->bytes_.capacity())) return nullptr;
  copy->share_ = std::move(share);
  return copy;
}

std::string_view CountedCopy::add(std::string_view bytes) {
  const std::size_t begin = bytes_.size();
  bytes_.append(bytes);
  return std::string_view(bytes_).substr(begin);
}

}  // namespace ovserve::front
