#include "front/http_error_reply.h"

#include <memory>
#include <string>
#include <utility>

namespace ovserve::front {

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

HttpReply error_reply(int status, std::string_view text) {
  auto body = std::make_shared<std::string>(R"({"error": ")");
  for (const char c : text) {
    if (c == '"' || c == '\\') *body += '\\';
    // Nothing else than plain text is in any of them but what somebody else put there.
    *body += c >= ' ' && c <= '~' ? c : '?';
  }
  *body += "\"}";
  HttpReply reply{status, {{"content-type", "application/json"}}, {}};
  reply.body.pieces.emplace_back(*body);
  reply.body.owner = std::move(body);
  return reply;
}

}  // namespace ovserve::front
