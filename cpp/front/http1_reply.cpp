#include "front/http1_reply.h"

#include <string>

#include "front/http_date.h"
#include "front/http_error_reply.h"
#include "front/http_fields.h"

namespace ovserve::front {

void write_http1_reply(const HttpReply& reply, const Http1ReplyForm& form, std::size_t small, OutputQueue& output) {
  const std::size_t size = reply.body.size();
  std::string head;
  head.reserve(256);
  head += "HTTP/1.1 ";
  head += std::to_string(reply.status);
  head += ' ';
  head += reason_of(reply.status);
  head += "\r\ndate: ";
  head += http_date();
  for (const auto& [name, value] : reply.headers) {
    if (!may_be_sent(name, value)) continue;
    head += "\r\n";
    head += name;
    head += ": ";
    head += value;
  }
  if (has_length(reply.status)) {
    head += "\r\ncontent-length: ";
    head += std::to_string(size);
  }
  if (form.closes) {
    head += "\r\nconnection: close";
  } else if (!form.is_http11) {
    head += "\r\nconnection: keep-alive";
  }
  head += "\r\n\r\n";
  output.append_copy(head);
  if (form.without_body || !has_length(reply.status)) return;
  for (const std::string_view piece : reply.body.pieces) {
    if (size <= small) {
      output.append_copy(piece);
    } else {
      output.append_view(piece, reply.body.owner);
    }
  }
}

}  // namespace ovserve::front
