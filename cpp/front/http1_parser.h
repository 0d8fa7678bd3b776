#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "front/header_list.h"

namespace ovserve::front {

/// A request that cannot be taken: what the client is told before the connection is closed.
struct HttpRefusal {
  int status = 400;
  std::string text;
};

/// What the head of an HTTP/1 request says.
struct Http1Head {
  std::string method;
  std::string target;
  HeaderList headers;
  bool is_http11 = false;
  bool keep_alive = false;
  bool is_chunked = false;
  bool expects_continue = false;
  std::uint64_t content_length = 0;  // of a body that is not chunked
};

/// Reads the requests of one HTTP/1 connection, one after another: first the head, then, if the body
/// comes in chunks, those. Strict where servers that read differently could be played off against
/// each other: two lengths, a length beside chunks, folded lines, blanks before the colon.
class Http1Parser {
 public:
  Http1Parser(std::size_t head_limit, std::size_t field_limit);
  ~Http1Parser();
  Http1Parser(const Http1Parser&) = delete;
  Http1Parser& operator=(const Http1Parser&) = delete;

  enum class State { kNeedsMore, kDone, kRefused };

  /// The next request begins.
  void start();

  /// Reads what it can of the head; what it has not taken must be given again with more behind it.
  State parse_head(std::string_view bytes, std::size_t& taken);
  Http1Head& head() noexcept;

  /// Refuses a body in chunks of more than `bytes` as soon as a chunk announces them.
  void limit_body(std::uint64_t bytes);

  /// Gets the next bytes of a body in chunks; false refuses it.
  using BodySink = std::function<bool(std::string_view)>;
  State parse_chunks(std::string_view bytes, std::size_t& taken, const BodySink& sink);

  /// Whether it was the sink that refused.
  bool is_refused_by_sink() const noexcept;

  /// After kRefused.
  const HttpRefusal& refusal() const noexcept;

 private:
  class Parser;

  const std::size_t head_limit_;
  const std::size_t field_limit_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace ovserve::front
