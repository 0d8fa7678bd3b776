#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "body_check.h"

namespace ovserve::bench {

/// Reads one HTTP/1.1 answer as it arrives: by Content-Length or chunked, as servers answer a POST.
class Http1Reply {
 public:
  explicit Http1Reply(const std::string_view* expected_body) noexcept : body_(expected_body) {}

  /// Takes bytes up to the end of this answer and returns how many. Throws std::runtime_error for
  /// what is no HTTP/1.1 answer.
  std::size_t feed(std::string_view bytes);

  bool is_complete() const noexcept { return state_ == State::kComplete; }
  /// Whether the server takes another request on this connection.
  bool keeps_alive() const noexcept { return keeps_alive_; }
  /// Empty for 200 with the expected body; of other answers, the first bytes of the body too.
  std::string failure() const;
  std::size_t body_bytes() const noexcept { return body_.length(); }

 private:
  enum class State { kHead, kBody, kChunkSize, kChunk, kChunkEnd, kTrailer, kComplete };

  std::size_t feed_line(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  void on_line(std::string_view line);
  void on_head_line(std::string_view line);
  void on_head_end();

  State state_ = State::kHead;
  std::string line_;  // the part of a line that has arrived
  int status_ = 0;
  bool keeps_alive_ = true;
  bool chunked_ = false;
  std::size_t remaining_ = 0;  // of the body or of the chunk
  BodyCheck body_;
  std::string beginning_;  // of the body, unless the status is 200
};

}  // namespace ovserve::bench
