#include "front/http1_reply.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "front/http_error_reply.h"

namespace ovserve::front {
namespace {

std::string written(const HttpReply& reply, const Http1ReplyForm& form) {
  BlockPool pool;
  OutputQueue queue(pool);
  write_http1_reply(reply, form, 16, queue);
  std::array<iovec, 8> entries;
  std::string bytes;
  const std::size_t count = queue.fill(entries.data(), entries.size());
  for (std::size_t i = 0; i < count; ++i) bytes.append(static_cast<char*>(entries[i].iov_base), entries[i].iov_len);
  // The date is the only part that changes.
  const auto date = bytes.find("date: ");
  return bytes.erase(date, bytes.find("\r\n", date) + 2 - date);
}

TEST(Http1Reply, WritesHeadAndBody) {
  EXPECT_EQ(
      written(error_reply(404, "no"), {true, false, false}),
      "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"error\": \"no\"}");
  EXPECT_EQ(written(error_reply(404, "no"), {true, true, true}),
            "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 15\r\n"
            "connection: close\r\n\r\n");
  EXPECT_EQ(written({200, {}, {}}, {false, false, false}),
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n");
}

TEST(Http1Reply, WritesAReasonOfItsOwn) {
  EXPECT_EQ(written({204, {}, {}, "Nothing at all"}, {}), "HTTP/1.1 204 Nothing at all\r\n\r\n");
  EXPECT_EQ(written({204, {}, {}, "a\r\nset-cookie: b"}, {}), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(Http1Reply, LeavesOutWhatHasNoBody) {
  EXPECT_EQ(written({204, {}, {}}, {}), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(written({304, {{"etag", "\"x\""}}, {}}, {}), "HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\n\r\n");
}

TEST(Http1Reply, LeavesOutFieldsThatWouldBreakIt) {
  const HttpReply reply{200,
                        {{"content-length", "7"},
                         {"connection", "upgrade"},
                         {"transfer-encoding", "chunked"},
                         {"x-split", "a\r\nset-cookie: b"},
                         {"x bad", "c"},
                         {"", "d"},
                         {"x-good", "e"}},
                        {}};
  EXPECT_EQ(written(reply, {}), "HTTP/1.1 200 OK\r\nx-good: e\r\ncontent-length: 0\r\n\r\n");
}

}  // namespace
}  // namespace ovserve::front
