#include <algorithm>

#include "codec/kserve_grpc.h"
#include "codec/protobuf_wire.h"

namespace ovserve::kserve_grpc {
namespace {

constexpr std::uint32_t kErrorMessage = 1;
constexpr std::uint32_t kInferResponse = 2;

}  // namespace

char* StreamResponseSink::allocate(std::size_t size) {
  // The tag and the length of the field that the message becomes.
  std::string head;
  for (std::uint64_t number : {std::uint64_t{wire::bytes_field(kInferResponse)}, std::uint64_t{size}}) {
    for (; number >= 0x80U; number >>= 7U) head += static_cast<char>(number | 0x80U);
    head += static_cast<char>(number);
  }
  return std::copy(head.begin(), head.end(), sink_.allocate(head.size() + size));
}

void write_stream_error(std::string_view message, ByteSink& sink) {
  wire::encode(sink, [&](auto& out) { wire::write_text(out, kErrorMessage, message); });
}

}  // namespace ovserve::kserve_grpc
