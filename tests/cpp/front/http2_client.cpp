#include "http2_client.h"

#include <stdexcept>

namespace ovserve::front {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t kFrameHead = 9;

std::uint32_t number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

// A string literal of HPACK: its length with seven bits in the first byte, no Huffman code.
std::string literal(std::string_view text) {
  std::string out;
  std::size_t size = text.size();
  if (size < 127) {
    out += static_cast<char>(size);
  } else {
    out += '\x7F';
    for (size -= 127; size >= 128; size >>= 7U) out += static_cast<char>(0x80U | (size & 0x7FU));
    out += static_cast<char>(size);
  }
  return out += text;
}

}  // namespace

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24U), static_cast<char>(value >> 16U), static_cast<char>(value >> 8U),
          static_cast<char>(value)};
}

Http2Client::Http2Client(std::uint16_t port, std::string_view settings, int receive_buffer)
    : socket_(port, receive_buffer) {
  if (nghttp2_hd_inflate_new(&inflater_) != 0) throw std::bad_alloc();
  socket_.send(std::string(kPreface) + bytes_of({NGHTTP2_SETTINGS, 0, 0, std::string(settings)}));
}

Http2Client::~Http2Client() { nghttp2_hd_inflate_del(inflater_); }

std::string Http2Client::bytes_of(const Frame& frame) {
  std::string bytes = big_endian(static_cast<std::uint32_t>(frame.payload.size())).substr(1);
  bytes += static_cast<char>(frame.type);
  bytes += static_cast<char>(frame.flags);
  bytes += big_endian(static_cast<std::uint32_t>(frame.stream));
  return bytes + frame.payload;
}

bool Http2Client::send(const Frame& frame) const { return socket_.send(bytes_of(frame)); }

bool Http2Client::send_data(std::int32_t stream, std::string_view bytes, bool is_last) const {
  static constexpr std::size_t kPart = 16'000;
  do {
    const std::string_view part = bytes.substr(0, kPart);
    bytes.remove_prefix(part.size());
    const std::uint8_t flags = is_last && bytes.empty() ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE;
    if (!send({NGHTTP2_DATA, flags, stream, std::string(part)})) return false;
  } while (!bytes.empty());
  return true;
}

void Http2Client::settle() {
  while (!settled_ && step()) continue;
}

std::string Http2Client::block_of(const Fields& fields) {
  std::string block;
  for (const auto& [name, value] : fields) block += '\0' + literal(name) + literal(value);
  return block;
}

Fields Http2Client::grpc_fields(const std::string& method, const Fields& more) {
  Fields fields{{":method", "POST"},    {":scheme", "http"},
                {":authority", "test"}, {":path", "/echo.Echo/" + method},
                {"te", "trailers"},     {"content-type", "application/grpc"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

std::string Http2Client::grpc_message(std::string_view bytes, bool compressed) {
  std::string message(1, compressed ? '\1' : '\0');
  message += big_endian(static_cast<std::uint32_t>(bytes.size()));
  return message += bytes;
}

bool Http2Client::call(std::int32_t stream, const std::string& method, std::string_view message, const Fields& more) {
  const Frame head{NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, block_of(grpc_fields(method, more))};
  const Frame data{NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, stream, grpc_message(message)};
  return socket_.send(bytes_of(head) + bytes_of(data));
}

std::optional<Frame> Http2Client::next_frame() {
  const std::string head = socket_.read_exactly(kFrameHead);
  if (head.size() < kFrameHead) return std::nullopt;
  Frame frame;
  frame.type = static_cast<std::uint8_t>(head[3]);
  frame.flags = static_cast<std::uint8_t>(head[4]);
  frame.stream = static_cast<std::int32_t>(number(std::string_view(head).substr(5)));
  const std::size_t size = number(std::string_view(head).substr(0, 3));
  frame.payload = socket_.read_exactly(size);
  if (frame.payload.size() < size) return std::nullopt;
  return frame;
}

bool Http2Client::step() {
  const auto frame = next_frame();
  if (!frame) return false;
  const bool is_ack = (frame->flags & NGHTTP2_FLAG_ACK) != 0;
  switch (frame->type) {
    case NGHTTP2_SETTINGS:
      if (!is_ack) send({NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""});
      settled_ = settled_ || !is_ack;
      break;
    case NGHTTP2_PING:
      if (!is_ack) send({NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, frame->payload});
      break;
    case NGHTTP2_HEADERS:
      take_headers(*frame);
      break;
    case NGHTTP2_DATA:
      take_data(*frame);
      break;
    case NGHTTP2_RST_STREAM:
      // A reset after the end only tells that the rest of the request is not wanted.
      if (!replies_[frame->stream].ended) replies_[frame->stream].reset = number(frame->payload);
      replies_[frame->stream].ended = true;
      break;
    case NGHTTP2_GOAWAY:
      goaway_ = number(std::string_view(frame->payload).substr(4, 4));
      break;
    default:
      break;
  }
  return true;
}

void Http2Client::take_headers(const Frame& frame) {
  StreamReply& reply = replies_[frame.stream];
  const bool is_first = reply.fields.empty();
  const auto* in = reinterpret_cast<const std::uint8_t*>(frame.payload.data());
  std::size_t left = frame.payload.size();
  while (true) {
    nghttp2_nv field{};
    int flags = 0;
    const auto used = nghttp2_hd_inflate_hd2(inflater_, &field, &flags, in, left, 1);
    if (used < 0) throw std::runtime_error("the server's header block is broken");
    in += used;
    left -= static_cast<std::size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      const std::string name(reinterpret_cast<char*>(field.name), field.namelen);
      const std::string value(reinterpret_cast<char*>(field.value), field.valuelen);
      if (is_first) reply.fields[name] = value;
      reply.trailer[name] = value;
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
  }
  nghttp2_hd_inflate_end_headers(inflater_);
  if ((frame.flags & NGHTTP2_FLAG_END_STREAM) != 0) reply.ended = true;
}

void Http2Client::take_data(const Frame& frame) {
  StreamReply& reply = replies_[frame.stream];
  reply.body += frame.payload;
  if ((frame.flags & NGHTTP2_FLAG_END_STREAM) != 0) reply.ended = true;
  if (!gives_back_windows || frame.payload.empty()) return;
  const std::string size = big_endian(static_cast<std::uint32_t>(frame.payload.size()));
  send({NGHTTP2_WINDOW_UPDATE, 0, 0, size});
  if (!reply.ended) send({NGHTTP2_WINDOW_UPDATE, 0, frame.stream, size});
}

StreamReply Http2Client::reply(std::int32_t stream) {
  while (!replies_[stream].ended && step()) continue;
  return replies_[stream];
}

std::optional<std::uint32_t> Http2Client::goaway_code() {
  while (!goaway_ && step()) continue;
  return goaway_;
}

}  // namespace ovserve::front
