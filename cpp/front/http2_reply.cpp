#include "front/http2_reply.h"

#include <string>
#include <utility>
#include <vector>

#include "front/http2_stream.h"
#include "front/http_date.h"
#include "front/http_fields.h"

namespace ovserve::front {

namespace {

// `length`: that of the body, or empty.
void send_head(Http2Stream& stream, const HttpReply& reply, const std::string& length, bool is_all) {
  const std::string status = std::to_string(reply.status);
  std::vector<ReplyField> fields{{":status", status}, {"date", http_date()}};
  for (const auto& [name, value] : reply.headers) {
    if (may_be_sent(name, value)) fields.push_back({name, value});
  }
  if (!length.empty()) fields.push_back({"content-length", length});
  stream.send_head(fields, is_all);
}

}  // namespace

void send_http2_reply(Http2Stream& stream, HttpReply reply, bool without_body) {
  const bool may_have_body = has_length(reply.status);
  const bool is_all = without_body || !may_have_body || reply.body.size() == 0;
  send_head(stream, reply, may_have_body ? std::to_string(reply.body.size()) : "", is_all);
  if (is_all) return;
  stream.send({}, std::move(reply.body));
  stream.finish({});
}

bool begin_http2_reply(Http2Stream& stream, const HttpReply& reply, bool without_body) {
  const bool is_all = without_body || !has_length(reply.status);
  send_head(stream, reply, "", is_all);
  if (!is_all) stream.send({}, reply.body);
  return !is_all;
}

}  // namespace ovserve::front
