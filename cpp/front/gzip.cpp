#include "front/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace ovserve::front {
namespace {

constexpr int kWindowBits = 15;
constexpr int kGzip = 16;        // added to the window's bits: write a gzip header
constexpr int kDetect = 32;      // added to the window's bits: read gzip or zlib
constexpr int kMemoryLevel = 8;  // zlib's own default
constexpr std::size_t kStep = std::size_t{64} << 10U;
constexpr std::size_t kLongest = std::numeric_limits<uInt>::max();

// zlib does not write through it.
Bytef* bytes_of(const char* data) { return reinterpret_cast<Bytef*>(const_cast<char*>(data)); }

// The two kinds of stream, each with what ends it.
class Deflater {
 public:
  Deflater() {
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kWindowBits + kGzip, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflater() { deflateEnd(&stream); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  z_stream stream{};
};

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream, kWindowBits + kDetect) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream stream{};
};

// Feeds `piece` to the deflater until it has taken all of it or, with Z_FINISH, is at its end.
void deflate_piece(z_stream& stream, std::string_view piece, int flush, std::string& out) {
  do {
    const std::size_t part = std::min(piece.size(), kLongest);
    stream.next_in = bytes_of(piece.data());
    stream.avail_in = static_cast<uInt>(part);
    piece.remove_prefix(part);
    int result = Z_OK;
    do {
      const std::size_t before = out.size();
      out.resize(before + kStep);
      stream.next_out = bytes_of(out.data() + before);
      stream.avail_out = kStep;
      result = deflate(&stream, flush);
      out.resize(out.size() - stream.avail_out);
    } while (result == Z_OK && stream.avail_out == 0);
  } while (!piece.empty());
}

}  // namespace

ByteChain gzip(const ByteChain& bytes) {
  auto out = std::make_shared<std::string>();
  Deflater deflater;
  for (const std::string_view piece : bytes.pieces) deflate_piece(deflater.stream, piece, Z_NO_FLUSH, *out);
  deflate_piece(deflater.stream, {}, Z_FINISH, *out);
  ByteChain chain;
  chain.pieces.emplace_back(*out);
  chain.owner = std::move(out);
  return chain;
}

InflateResult inflate(std::string_view bytes, std::size_t limit, Body& into, const std::stop_token& stop) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  int result = Z_OK;
  while (result == Z_OK) {
    if (stop.stop_requested()) return InflateResult::kStopped;
    if (stream.avail_in == 0) {
      const std::size_t part = std::min(bytes.size(), kLongest);
      stream.next_in = bytes_of(bytes.data());
      stream.avail_in = static_cast<uInt>(part);
      bytes.remove_prefix(part);
    }
    // One byte more than allowed shows that there is more.
    const std::size_t allowed = limit - into.size() + 1;
    if (!into.make_room(std::min(std::max(kStep, into.size()), allowed))) return InflateResult::kNoMemory;
    const std::span<char> room = into.tail(std::min(allowed, kLongest));
    stream.next_out = bytes_of(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    result = ::inflate(&stream, Z_NO_FLUSH);
    const bool has_more = stream.avail_in > 0 || !bytes.empty();
    // gzip allows for several parts, one after the other (RFC 1952, 2.2).
    if (result == Z_STREAM_END && has_more) result = inflateReset(&stream);
    const std::size_t written = room.size() - stream.avail_out;
    if (!into.commit(written)) return InflateResult::kNoMemory;
    if (into.size() > limit) return InflateResult::kTooLarge;
  }
  const bool at_end = result == Z_STREAM_END && stream.avail_in == 0 && bytes.empty();
  return at_end ? InflateResult::kOk : InflateResult::kBroken;
}

}  // namespace ovserve::front
