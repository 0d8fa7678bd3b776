#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "socket.h"

namespace ovserve::bench {

/// Bytes on their way out: small pieces are copied, large ones stay where they are.
class OutputQueue {
 public:
  void append_copy(std::string_view bytes);
  /// `bytes` must stay until they are sent.
  void append_view(std::string_view bytes);

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// Sends as much as the socket takes. False: the connection is broken.
  bool send(Socket& socket);

 private:
  // Begins at `offset` of `data`, or of copies_ where `data` is null.
  struct Piece {
    const char* data = nullptr;
    std::size_t offset = 0;
    std::size_t length = 0;
  };

  void drop_sent(std::size_t bytes) noexcept;

  std::string copies_;
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;  // of pieces_, not yet sent completely
  std::size_t size_ = 0;
};

}  // namespace ovserve::bench
