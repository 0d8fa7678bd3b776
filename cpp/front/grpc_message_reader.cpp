#include "front/grpc_message_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace ovserve::front {

GrpcReply too_large(std::size_t limit) {
  return {GrpcCode::kResourceExhausted,
          "The message is larger than " + std::to_string(limit) + " bytes, the limit that --max_message_bytes sets.",
          {}};
}

GrpcReply reply_too_large(std::size_t limit) {
  return {GrpcCode::kResourceExhausted,
          "The reply is larger than " + std::to_string(limit) + " bytes, the limit that --max_message_bytes sets.",
          {}};
}

GrpcReply out_of_memory() {
  return {GrpcCode::kResourceExhausted, "The server holds as many requests as its memory allows; try again.", {}};
}

std::size_t GrpcMessageReader::read(std::string_view bytes) {
  if (failure_) return bytes.size();
  if (complete_) return 0;
  std::size_t taken = 0;
  if (prefix_size_ < kPrefix) {
    taken = std::min(bytes.size(), kPrefix - prefix_size_);
    std::memcpy(prefix_.data() + prefix_size_, bytes.data(), taken);
    prefix_size_ += taken;
    if (prefix_size_ < kPrefix) return taken;
    begin_message();
    if (failure_) return bytes.size();
    bytes.remove_prefix(taken);
  }
  const std::string_view part = bytes.substr(0, size_ - body_.size());
  const bool in_place = part.data() == body_.data() + body_.size();
  if (!(in_place ? body_.commit(part.size()) : body_.append(part))) failure_ = out_of_memory();
  complete_ = body_.size() == size_;
  return taken + part.size();
}

void GrpcMessageReader::begin_message() {
  const auto byte = [this](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(prefix_[i]));
  };
  size_ = (byte(1) << 24U) | (byte(2) << 16U) | (byte(3) << 8U) | byte(4);
  compressed_ = byte(0) == 1;
  if (byte(0) > 1) {
    failure_ = GrpcReply{GrpcCode::kInternal, "A message begins with an unknown flag.", {}};
  } else if (compressed_ && !may_be_compressed_) {
    failure_ = GrpcReply{GrpcCode::kInternal, "A message is compressed, but the call names no grpc-encoding.", {}};
  } else if (size_ > limit_) {
    failure_ = too_large(limit_);
  } else {
    body_ = Body(share_);
    if (!body_.expect(size_)) failure_ = out_of_memory();
  }
}

Body GrpcMessageReader::take() {
  complete_ = false;
  prefix_size_ = 0;
  return std::exchange(body_, Body());
}

std::span<char> GrpcMessageReader::wanted_place(std::size_t size) {
  if (failure_ || complete_ || prefix_size_ < kPrefix) return {};
  size = std::min(size, size_ - body_.size());
  if (!body_.make_room(size)) return {};
  return body_.tail(size);
}

}  // namespace ovserve::front
