#include "front/http_refusals.h"

#include <string>

#include "front/http_text_reply.h"

namespace ovserve::front {

HttpReply announces_too_much(std::uint64_t size, std::uint64_t limit) {
  return text_reply(413, "The body of the request has " + std::to_string(size) + " bytes; at most " +
                             std::to_string(limit) + " are allowed.");
}

HttpReply has_too_much(std::uint64_t limit) {
  return text_reply(413, "The body of the request has more than the " + std::to_string(limit) + " bytes allowed.");
}

HttpReply has_no_memory() {
  HttpReply reply = text_reply(503, "The server holds as many requests as its memory allows; try again.");
  reply.headers.emplace_back("retry-after", "1");
  return reply;
}

HttpReply has_unknown_coding() {
  HttpReply reply = text_reply(415, "The content encodings gzip and deflate are understood, no others.");
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
  return text_reply(400, "The body of the request cannot be decompressed.");
}

HttpReply has_wrong_answer() { return text_reply(500, "The handler answered with gRPC."); }

}  // namespace ovserve::front
