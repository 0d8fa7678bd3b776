#include "output_queue.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>

namespace ovserve::bench {
namespace {

constexpr std::size_t kPiecesPerCall = 64;

}  // namespace

void OutputQueue::append_copy(std::string_view bytes) {
  const bool continues = !pieces_.empty() && first_ < pieces_.size() && pieces_.back().data == nullptr;
  if (continues) {
    pieces_.back().length += bytes.size();
  } else {
    pieces_.push_back({nullptr, copies_.size(), bytes.size()});
  }
  copies_.append(bytes);
  size_ += bytes.size();
}

void OutputQueue::append_view(std::string_view bytes) {
  if (bytes.empty()) return;
  pieces_.push_back({bytes.data(), 0, bytes.size()});
  size_ += bytes.size();
}

bool OutputQueue::send(Socket& socket) {
  while (size_ != 0) {
    std::array<iovec, kPiecesPerCall> vectors{};
    const std::size_t count = std::min(kPiecesPerCall, pieces_.size() - first_);
    for (std::size_t i = 0; i < count; ++i) {
      const Piece& piece = pieces_[first_ + i];
      const char* data = (piece.data != nullptr ? piece.data : copies_.data()) + piece.offset;
      vectors[i] = {const_cast<char*>(data), piece.length};
    }
    const auto [state, bytes] = socket.write({vectors.data(), count});
    if (state == Socket::State::kClosed) return false;
    if (state == Socket::State::kWouldBlock) return true;
    drop_sent(bytes);
  }
  return true;
}

void OutputQueue::drop_sent(std::size_t bytes) noexcept {
  size_ -= bytes;
  while (bytes != 0) {
    Piece& piece = pieces_[first_];
    const std::size_t part = std::min(bytes, piece.length);
    bytes -= part;
    piece.length -= part;
    piece.offset += part;
    if (piece.length == 0) ++first_;
  }
  if (size_ == 0) {
    pieces_.clear();
    copies_.clear();
    first_ = 0;
  }
}

}  // namespace ovserve::bench
