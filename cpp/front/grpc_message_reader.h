#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "front/body.h"
#include "front/call.h"

namespace ovserve::front {

/// Cuts the bytes of a gRPC call into messages. Each lies in a block of its own, without the five
/// bytes (compressed or not, length) that precede it.
class GrpcMessageReader {
 public:
  GrpcMessageReader(std::shared_ptr<MemoryShare> share, std::size_t limit, bool may_be_compressed)
      : share_(std::move(share)), limit_(limit), may_be_compressed_(may_be_compressed) {}

  /// Takes bytes up to the end of the current message and returns how many; none once there is one.
  /// What was read into wanted_place() is recognised and not copied.
  std::size_t read(std::string_view bytes);

  bool has_message() const noexcept { return complete_; }
  bool is_compressed() const noexcept { return compressed_; }
  /// The message, as it came; the next begins.
  Body take();

  /// Of the current message.
  std::size_t arrived() const noexcept { return body_.size(); }

  /// Bytes of a message have come, but not all.
  bool is_amid() const noexcept { return prefix_size_ > 0 && !complete_; }

  /// Where the next bytes belong, at most `size`; empty if that is not known.
  std::span<char> wanted_place(std::size_t size);

  /// Set when the messages cannot be read on.
  const std::optional<GrpcReply>& failure() const noexcept { return failure_; }

 private:
  static constexpr std::size_t kPrefix = 5;

  void begin_message();

  const std::shared_ptr<MemoryShare> share_;
  const std::size_t limit_;
  const bool may_be_compressed_;
  std::array<char, kPrefix> prefix_{};
  std::size_t prefix_size_ = 0;
  std::size_t size_ = 0;  // of the message
  Body body_;
  bool compressed_ = false;
  bool complete_ = false;
  std::optional<GrpcReply> failure_;
};

/// The reply to a message that is larger than allowed.
GrpcReply too_large(std::size_t limit);
/// The same of an answer.
GrpcReply reply_too_large(std::size_t limit);
/// The reply when the memory of all requests is used up.
GrpcReply out_of_memory();

}  // namespace ovserve::front
