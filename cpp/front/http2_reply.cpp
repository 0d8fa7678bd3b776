#include "front/http2_reply.h"

#include <string>
#include <utility>
#include <vector>

#include "front/http2_stream.h"
#include "front/http_date.h"
#include "front/http_fields.h"

namespace ovserve::front {

void send_http2_reply(Http2Stream& stream, HttpReply reply, bool without_body) {
  const std::string status = std::to_string(reply.status);
  const std::string length = std::to_string(reply.body.size());
  std::vector<ReplyField> fields{{":status", status}, {"date", http_date()}};
  for (const auto& [name, value] : reply.headers) {
    if (may_be_sent(name, value)) fields.push_back({name, value});
  }
  if (has_length(reply.status)) fields.push_back({"content-length", length});
  const bool is_all = without_body || !has_length(reply.status) || reply.body.size() == 0;
  stream.send_head(fields, is_all);
  if (is_all) return;
  stream.send({}, std::move(reply.body));
  stream.finish({});
}

}  // namespace ovserve::front
