// Heads and chunked bodies of HTTP/1 in any pieces: the result must not depend on how they were cut.

#include "front/http1_parser.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pieces.h"

namespace {

using ovserve::front::Http1Parser;

constexpr std::size_t kHeadLimit = 4096;
constexpr std::size_t kFieldLimit = 50;

struct Outcome {
  Http1Parser::State state = Http1Parser::State::kNeedsMore;
  std::string target;
  std::size_t fields = 0;
  std::string body;
};

// What a session does with the parser, for one request.
Outcome parsed(ovserve::fuzz::Pieces pieces) {
  Outcome outcome;
  Http1Parser parser(kHeadLimit, kFieldLimit);
  parser.start();
  std::string pending;
  bool in_body = false;
  while (!pieces.empty() && outcome.state == Http1Parser::State::kNeedsMore) {
    pending += pieces.next();
    std::size_t taken = 0;
    if (!in_body) {
      outcome.state = parser.parse_head(pending, taken);
      if (outcome.state == Http1Parser::State::kDone) {
        outcome.target = parser.head().target;
        outcome.fields = parser.head().headers.size();
        if (!parser.head().is_chunked) return outcome;
        in_body = true;
        parser.limit_body(100'000);
        outcome.state = Http1Parser::State::kNeedsMore;
      }
      pending.erase(0, taken);
      taken = 0;
    }
    if (in_body && !pending.empty()) {
      outcome.state = parser.parse_chunks(pending, taken, [&](std::string_view bytes) {
        outcome.body += bytes;
        return true;
      });
      pending.erase(0, taken);
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > kHeadLimit) return 0;
  const Outcome cut = parsed({data, size});
  std::string whole(reinterpret_cast<const char*>(data), size);
  whole[0] = '\0';
  const Outcome at_once = parsed({reinterpret_cast<const std::uint8_t*>(whole.data()), size});
  // A head that is not complete may be refused at once or only later; it is never accepted.
  const auto is_open = [](const Outcome& outcome) { return outcome.state == Http1Parser::State::kNeedsMore; };
  const auto is_refused = [](const Outcome& outcome) { return outcome.state == Http1Parser::State::kRefused; };
  if ((is_open(cut) && is_refused(at_once)) || (is_refused(cut) && is_open(at_once))) return 0;
  if (cut.state != at_once.state || cut.target != at_once.target || cut.fields != at_once.fields) std::abort();
  if (cut.state == Http1Parser::State::kDone && cut.body != at_once.body) std::abort();
  return 0;
}
