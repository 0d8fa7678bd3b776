#include "front/outgoing_body.h"

#include <algorithm>
#include <utility>

#include "front/counted_copy.h"

namespace ovserve::front {
namespace {

// Pieces below this size are cheaper to copy than to name.
constexpr std::size_t kNamed = 512;

}  // namespace

void OutgoingBody::add(std::string_view prefix, ByteChain chain) {
  const std::size_t size = chain.size();
  if (prefix.size() + size == 0) return;
  size_ += prefix.size() + size;
  auto head = std::make_shared<std::string>();
  head->reserve(prefix.size() + (size <= small_ ? size : 0));
  *head = prefix;
  if (size <= small_) {
    for (const std::string_view piece : chain.pieces) *head += piece;
    pieces_.push_back({*head, head, false});
    return;
  }
  if (!prefix.empty()) pieces_.push_back({*head, head, false});
  const auto owner = std::move(chain.owner);
  for (const std::string_view piece : chain.pieces) {
    if (!piece.empty()) pieces_.push_back({piece, owner, true});
  }
  lent_ += size;
}

void OutgoingBody::move_to(OutputQueue& output, std::size_t bytes) {
  size_ -= bytes;
  while (bytes > 0) {
    Piece& piece = pieces_[first_];
    const std::string_view part = piece.bytes.substr(0, bytes);
    if (part.size() < kNamed) {
      output.append_copy(part);
    } else {
      output.append_view(part, piece.owner);
    }
    bytes -= part.size();
    if (piece.lent) lent_ -= part.size();
    piece.bytes.remove_prefix(part.size());
    if (piece.bytes.empty()) {
      piece.owner.reset();
      ++first_;
    }
  }
  if (size_ == 0) {
    pieces_.clear();
    first_ = 0;
  }
}

bool OutgoingBody::copy_lent(const std::shared_ptr<MemoryShare>& share) {
  if (lent_ == 0) return true;
  const auto copy = CountedCopy::make(share, lent_);
  if (!copy) return false;
  for (std::size_t i = first_; i < pieces_.size(); ++i) {
    Piece& piece = pieces_[i];
    if (piece.lent) piece = {copy->add(piece.bytes), copy, false};
  }
  lent_ = 0;
  return true;
}

}  // namespace ovserve::front
