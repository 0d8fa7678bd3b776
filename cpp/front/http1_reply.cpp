#include "front/http1_reply.h"

#include <array>
#include <charconv>
#include <string>

#include "front/http_date.h"
#include "front/http_error_reply.h"
#include "front/http_fields.h"

namespace ovserve::front {
namespace {

void append(const ByteChain& bytes, std::size_t small, OutputQueue& output) {
  const std::size_t size = bytes.size();
  for (const std::string_view piece : bytes.pieces) {
    if (size <= small) {
      output.append_copy(piece);
    } else {
      output.append_view(piece, bytes.owner);
    }
  }
}

}  // namespace

void write_http1_reply(const HttpReply& reply, const Http1ReplyForm& form, std::size_t small, OutputQueue& output) {
  std::string head;
  head.reserve(256);
  head += "HTTP/1.1 ";
  head += std::to_string(reply.status);
  head += ' ';
  const bool has_own_reason = !reply.reason.empty() && is_in_line(reply.reason);
  head += has_own_reason ? std::string_view(reply.reason) : reason_of(reply.status);
  head += "\r\ndate: ";
  head += http_date();
  for (const auto& [name, value] : reply.headers) {
    if (!may_be_sent(name, value)) continue;
    head += "\r\n";
    head += name;
    head += ": ";
    head += value;
  }
  if (form.goes_on) {
    if (form.is_http11) head += "\r\ntransfer-encoding: chunked";
  } else if (has_length(reply.status)) {
    head += "\r\ncontent-length: ";
    head += std::to_string(reply.body.size());
  }
  if (form.closes) {
    head += "\r\nconnection: close";
  } else if (!form.is_http11) {
    head += "\r\nconnection: keep-alive";
  }
  head += "\r\n\r\n";
  output.append_copy(head);
  if (form.without_body || !has_length(reply.status)) return;
  if (form.goes_on) {
    write_http1_piece(reply.body, form, small, output);
  } else {
    append(reply.body, small, output);
  }
}

void write_http1_piece(const ByteChain& bytes, const Http1ReplyForm& form, std::size_t small, OutputQueue& output) {
  const std::size_t size = bytes.size();
  if (form.without_body || size == 0) return;  // a chunk without bytes would be the last
  if (!form.is_http11) return append(bytes, small, output);
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
  output.append_copy({digits.data(), end});
  output.append_copy("\r\n");
  append(bytes, small, output);
  output.append_copy("\r\n");
}

void write_http1_end(const Http1ReplyForm& form, OutputQueue& output) {
  if (form.is_http11 && !form.without_body) output.append_copy("0\r\n\r\n");
}

}  // namespace ovserve::front
