#include "engine/onnx_outline.h"

#include <cstddef>
#include <optional>

namespace ovserve {
namespace {

// Numbers of ModelProto in onnx.proto.
constexpr std::uint64_t kGraphField = 7;
constexpr std::uint64_t kHighestField = 1000;  // far above what any version of ONNX has

enum WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

class Fields {
 public:
  explicit Fields(std::span<const std::uint8_t> bytes) noexcept : rest_(bytes) {}

  bool at_end() const noexcept { return rest_.empty(); }

  // Steps over one field; its tag, or nothing if it is malformed or cut off.
  std::optional<std::uint64_t> skip_field() noexcept {
    const auto tag = varint();
    if (!tag) return std::nullopt;
    const auto length = content_length(*tag & 7U);
    if (!length || *length > rest_.size()) return std::nullopt;
    rest_ = rest_.subspan(static_cast<std::size_t>(*length));
    return tag;
  }

 private:
  std::optional<std::uint64_t> content_length(std::uint64_t wire_type) noexcept {
    switch (wire_type) {
      case kVarint:
        return varint() ? std::optional<std::uint64_t>(0) : std::nullopt;
      case kFixed64:
        return 8;
      case kLengthDelimited:
        return varint();
      case kFixed32:
        return 4;
      default:
        return std::nullopt;
    }
  }

  std::optional<std::uint64_t> varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const std::uint64_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= (byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
  }

  std::span<const std::uint8_t> rest_;
};

}  // namespace

bool has_onnx_outline(std::span<const std::uint8_t> bytes) noexcept {
  Fields fields(bytes);
  bool has_graph = false;
  while (!fields.at_end()) {
    const auto tag = fields.skip_field();
    if (!tag || *tag >> 3U == 0 || *tag >> 3U > kHighestField) return false;
    has_graph = has_graph || *tag == (kGraphField << 3U | kLengthDelimited);
  }
  return has_graph;
}

}  // namespace ovserve
