#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_chain.h"
#include "base/byte_sink.h"

namespace ovserve {

/// Keeps one message as a chain: what an encoder wrote, and large content where it lies already.
class ChainSink : public ByteSink {
 public:
  /// Copying less than this costs no more than sending one piece more.
  static constexpr std::size_t kSmallestInPlace = std::size_t{32} << 10U;

  char* allocate(std::size_t size) override;
  std::size_t smallest_in_place() const noexcept override { return kSmallestInPlace; }
  void place(const char* position, std::string_view content) override;
  void adopt(std::string text) override;

  std::size_t size() const noexcept { return block_.size() + placed_; }

  /// Whether the message has content that lies elsewhere.
  bool has_placed() const noexcept { return placed_ != 0; }

  /// The message. `content_owner`: keeps what was placed; without need of it, it is not kept.
  ByteChain take(std::shared_ptr<const void> content_owner = nullptr);

 private:
  void end_piece(const char* end);

  std::vector<std::string_view> pieces_;
  std::string_view block_;      // as a whole
  const char* rest_ = nullptr;  // what of it is in no piece yet
  std::size_t placed_ = 0;
  std::shared_ptr<const void> owner_;
};

}  // namespace ovserve
