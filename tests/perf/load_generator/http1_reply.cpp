#include "http1_reply.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace ovserve::bench {
namespace {

constexpr std::size_t kShownOfBody = 200;
constexpr std::size_t kLongestLine = std::size_t{16} << 10U;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::size_t parse_size(std::string_view text, int base) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, base);
  if (error != std::errc() || end == text.data()) {
    throw std::runtime_error("the server sent a length that is none: " + std::string(text));
  }
  return size;
}

}  // namespace

std::size_t Http1Reply::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !is_complete()) {
    const std::string_view rest = bytes.substr(taken);
    taken += state_ == State::kBody || state_ == State::kChunk ? feed_body(rest) : feed_line(rest);
  }
  return taken;
}

std::string Http1Reply::failure() const {
  if (status_ != 200) return "HTTP " + std::to_string(status_) + ": " + beginning_;
  return body_.passed() ? "" : "the body differs from the expected one";
}

std::size_t Http1Reply::feed_line(std::string_view bytes) {
  const auto end = bytes.find('\n');
  line_.append(bytes.substr(0, end));
  if (line_.size() > kLongestLine) throw std::runtime_error("the server's answer is no HTTP/1.1");
  if (end == std::string_view::npos) return bytes.size();
  if (line_.ends_with('\r')) line_.pop_back();
  on_line(line_);
  line_.clear();
  return end + 1;
}

std::size_t Http1Reply::feed_body(std::string_view bytes) {
  const std::string_view part = bytes.substr(0, remaining_);
  body_.feed(part);
  if (status_ != 200 && beginning_.size() < kShownOfBody) {
    beginning_.append(part.substr(0, kShownOfBody - beginning_.size()));
  }
  remaining_ -= part.size();
  if (remaining_ == 0) state_ = state_ == State::kChunk ? State::kChunkEnd : State::kComplete;
  return part.size();
}

void Http1Reply::on_line(std::string_view line) {
  switch (state_) {
    case State::kHead:
      return line.empty() ? on_head_end() : on_head_line(line);
    case State::kChunkSize:
      remaining_ = parse_size(line, 16);
      state_ = remaining_ == 0 ? State::kTrailer : State::kChunk;
      return;
    case State::kChunkEnd:
      state_ = State::kChunkSize;
      return;
    case State::kTrailer:
      if (line.empty()) state_ = State::kComplete;
      return;
    default:
      throw std::logic_error("no line is expected here");
  }
}

void Http1Reply::on_head_line(std::string_view line) {
  if (status_ == 0) {
    if (!line.starts_with("HTTP/1.1 ")) throw std::runtime_error("the server's answer is no HTTP/1.1");
    status_ = static_cast<int>(parse_size(line.substr(9), 10));
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) throw std::runtime_error("a header without colon: " + std::string(line));
  const std::string name = lower(line.substr(0, colon));
  const std::string value = lower(trimmed(line.substr(colon + 1)));
  if (name == "content-length") remaining_ = parse_size(value, 10);
  if (name == "transfer-encoding") chunked_ = value == "chunked";
  if (name == "connection") keeps_alive_ = value != "close";
}

void Http1Reply::on_head_end() {
  if (status_ == 100) {  // the answer proper follows
    status_ = 0;
    return;
  }
  if (chunked_) {
    state_ = State::kChunkSize;
  } else {
    state_ = remaining_ == 0 ? State::kComplete : State::kBody;
  }
}

}  // namespace ovserve::bench
