#include "front/output_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "front/counted_copy.h"

namespace ovserve::front {

void OutputQueue::append_copy(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (blocks_.empty() || blocks_.back()->used == Block::kSize) blocks_.push_back(pool_.take());
    Block& block = *blocks_.back();
    char* to = block.bytes + block.used;
    const std::size_t part = std::min(bytes.size(), Block::kSize - block.used);
    std::memcpy(to, bytes.data(), part);
    block.used += part;
    bytes.remove_prefix(part);
    const bool continues = first_ < pieces_.size() && pieces_.back().place == Place::kBlock &&
                           pieces_.back().data + pieces_.back().size == to;
    if (continues) {
      pieces_.back().size += part;
    } else {
      pieces_.push_back({to, part, Place::kBlock, nullptr});
    }
  }
}

void OutputQueue::append_view(std::string_view bytes, const std::shared_ptr<const void>& owner) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  lent_ += bytes.size();
  pieces_.push_back({bytes.data(), bytes.size(), Place::kLent, owner});
}

std::size_t OutputQueue::fill(iovec* entries, std::size_t count) const noexcept {
  const std::size_t used = std::min(count, pieces_.size() - first_);
  for (std::size_t i = 0; i < used; ++i) {
    const Piece& piece = pieces_[first_ + i];
    entries[i] = {const_cast<char*>(piece.data), piece.size};
  }
  return used;
}

void OutputQueue::consume(std::size_t bytes) {
  size_ -= bytes;
  while (bytes > 0) {
    Piece& piece = pieces_[first_];
    const std::size_t part = std::min(bytes, piece.size);
    piece.data += part;
    piece.size -= part;
    bytes -= part;
    if (piece.place == Place::kLent) lent_ -= part;
    if (piece.size > 0) return;
    piece.owner.reset();
    // A block is done with when what was read last is its end; the one being filled stays.
    if (piece.place == Place::kBlock && blocks_.size() > 1 &&
        piece.data == blocks_.front()->bytes + blocks_.front()->used) {
      pool_.give_back(std::move(blocks_.front()));
      blocks_.erase(blocks_.begin());
    }
    ++first_;
  }
  if (size_ == 0) {
    clear();
  } else if (first_ > 64 && first_ * 2 > pieces_.size()) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

bool OutputQueue::copy_lent(const std::shared_ptr<MemoryShare>& share) {
  if (lent_ == 0) return true;
  const auto copy = CountedCopy::make(share, lent_);
  if (!copy) return false;
  for (std::size_t i = first_; i < pieces_.size(); ++i) {
    Piece& piece = pieces_[i];
    if (piece.place != Place::kLent) continue;
    piece.data = copy->add({piece.data, piece.size}).data();
    piece.place = Place::kCopied;
    piece.owner = copy;
  }
  lent_ = 0;
  return true;
}

void OutputQueue::rest() {
  if (!empty()) return;
  pieces_.shrink_to_fit();
  blocks_.shrink_to_fit();
}

void OutputQueue::clear() {
  for (auto& block : blocks_) pool_.give_back(std::move(block));
  blocks_.clear();
  pieces_.clear();
  first_ = 0;
  size_ = lent_ = 0;
}

}  // namespace ovserve::front
