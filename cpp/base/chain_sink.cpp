#include "base/chain_sink.h"

#include <utility>

namespace ovserve {

char* ChainSink::allocate(std::size_t size) {
  auto block = std::make_shared_for_overwrite<char[]>(size);
  char* const bytes = block.get();
  block_ = {bytes, size};
  rest_ = bytes;
  owner_ = std::move(block);
  return bytes;
}

void ChainSink::place(const char* position, std::string_view content) {
  end_piece(position);
  pieces_.push_back(content);
  placed_ += content.size();
}

void ChainSink::adopt(std::string text) {
  const auto kept = std::make_shared<const std::string>(std::move(text));
  block_ = *kept;
  rest_ = block_.data();
  owner_ = kept;
}

ByteChain ChainSink::take(std::shared_ptr<const void> content_owner) {
  const bool keeps_content = has_placed() && content_owner != nullptr;
  end_piece(block_.data() + block_.size());
  if (keeps_content) {
    using Owners = std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>;
    owner_ = std::make_shared<const Owners>(std::move(owner_), std::move(content_owner));
  }
  return {std::move(pieces_), std::move(owner_)};
}

void ChainSink::end_piece(const char* end) {
  if (end != rest_) pieces_.emplace_back(rest_, static_cast<std::size_t>(end - rest_));
  rest_ = end;
}

}  // namespace ovserve
