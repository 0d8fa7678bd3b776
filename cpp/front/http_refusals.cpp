#include "front/http_refusals.h"

#include <string>

#include "base/printable_text.h"
#include "front/http_error_reply.h"

namespace ovserve::front {

// The same texts as with the other front.
HttpReply has_too_much(std::uint64_t limit) {
  return error_reply(
      413, "the body is larger than " + std::to_string(limit) + " bytes, the limit that --max_body_bytes sets");
}

std::string too_large_head_text(std::size_t limit) {
  return "the head of the request is larger than " + std::to_string(limit) +
         " bytes, the limit that --max_header_bytes sets";
}

std::string too_many_fields_text(std::size_t limit) {
  return "the request has more than " + std::to_string(limit) +
         " header fields, the limit that --max_header_count sets";
}

HttpReply has_no_memory() {
  HttpReply reply = error_reply(503, "The server holds as many requests as its memory allows; try again.");
  reply.headers.emplace_back("retry-after", "1");
  return reply;
}

HttpReply has_unknown_coding(std::string_view codings) {
  HttpReply reply = error_reply(415, "Content-Encoding " + printable_text(codings, 100) +
                                         " is not supported; send one of gzip, deflate, or none");
  reply.headers.emplace_back("accept-encoding", "gzip, deflate");
  return reply;
}

HttpReply cannot_be_inflated(InflateResult result, std::uint64_t limit) {
  switch (result) {
    case InflateResult::kTooLarge:
      return has_too_much(limit);
    case InflateResult::kNoMemory:
      return has_no_memory();
    case InflateResult::kOk:
    case InflateResult::kBroken:
    case InflateResult::kStopped:
      break;
  }
  return error_reply(400, "The body of the request cannot be decompressed.");
}

HttpReply has_wrong_answer() { return error_reply(500, "The handler answered with gRPC."); }

}  // namespace ovserve::front
