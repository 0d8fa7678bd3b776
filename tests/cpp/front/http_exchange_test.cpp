#include "front/http_exchange.h"

#include <gtest/gtest.h>

#include <string>

#include "front/gzip.h"
#include "http2_client.h"
#include "running_server.h"

namespace ovserve::front {
namespace {

Fields request(const std::string& method, const std::string& path, const Fields& more = {}) {
  Fields fields{{":method", method}, {":scheme", "http"}, {":authority", "test"}, {":path", path}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

StreamReply sent(const RunningServer& running, const Fields& fields, const std::string& body) {
  Http2Client client(running.port());
  client.settle();
  const std::uint8_t end = body.empty() ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE;
  const auto flags = static_cast<std::uint8_t>(NGHTTP2_FLAG_END_HEADERS | end);
  client.send({NGHTTP2_HEADERS, flags, 1, Http2Client::block_of(fields)});
  if (!body.empty()) client.send_data(1, body, true);
  return client.reply(1);
}

TEST(HttpExchange, AnswersLikeHttp1) {
  RunningServer running;
  const StreamReply reply = sent(running, request("POST", "/echo?x=1", {{"content-type", "text/x-test"}}), "hello");
  EXPECT_EQ(reply.fields.at(":status"), "200");
  EXPECT_EQ(reply.fields.at("content-type"), "text/x-test");
  EXPECT_EQ(reply.fields.at("content-length"), "5");
  EXPECT_TRUE(reply.fields.contains("date"));
  EXPECT_FALSE(reply.fields.contains("grpc-status"));
  EXPECT_EQ(reply.body, "hello");
}

TEST(HttpExchange, TakesAndGivesEmptyAndLargeBodies) {
  RunningServer running;
  EXPECT_EQ(sent(running, request("GET", "/echo"), "").fields.at("content-length"), "0");
  const std::string large(2'000'000, 'l');
  EXPECT_TRUE(sent(running, request("POST", "/echo"), large).body == large);
}

TEST(HttpExchange, AnswersHeadWithoutBody) {
  RunningServer running;
  const StreamReply reply = sent(running, request("HEAD", "/large", {{"x-size", "100"}}), "");
  EXPECT_EQ(reply.fields.at("content-length"), "100");
  EXPECT_EQ(reply.body, "");
  EXPECT_FALSE(reply.reset.has_value());
}

TEST(HttpExchange, AnswersFromAnotherThread) {
  RunningServer running;
  EXPECT_EQ(sent(running, request("POST", "/late", {{"x-delay-ms", "20"}}), "later").body, "later");
}

TEST(HttpExchange, SendsAnswersInPieces) {
  RunningServer running;
  const Fields pieces{{"x-count", "300"}, {"x-size", "5000"}};
  const StreamReply reply = sent(running, request("POST", "/pieces", pieces), "first");
  EXPECT_EQ(reply.fields.at(":status"), "200");
  EXPECT_EQ(reply.fields.at("content-type"), "text/x-pieces");
  EXPECT_FALSE(reply.fields.contains("content-length"));
  EXPECT_TRUE(reply.body == "first" + std::string(1'500'000, 'p'));
  EXPECT_FALSE(reply.reset.has_value());
  EXPECT_EQ(sent(running, request("HEAD", "/pieces", pieces), "").body, "");
}

TEST(HttpExchange, ResetsAnswersThatAreNotComplete) {
  RunningServer running;
  for (const char* how : {"x-break", "x-lose"}) {
    const StreamReply reply =
        sent(running, request("POST", "/pieces", {{"x-count", "1"}, {"x-size", "3"}, {how, "1"}}), "");
    EXPECT_EQ(reply.reset, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR)) << how;
  }
}

TEST(HttpExchange, Refuses) {
  RunningServer running([](ServerOptions& options) {
    options.limits.body_bytes = 1000;
    options.limits.message_bytes = 10;
    options.limits.head_bytes = 4096;
  });
  const auto status = [&](const Fields& fields, const std::string& body) {
    return sent(running, fields, body).fields.at(":status");
  };
  EXPECT_EQ(status(request("POST", "/nothing"), "x"), "404");
  EXPECT_EQ(status(request("POST", "/throw"), "x"), "500");
  EXPECT_EQ(status(request("POST", "/echo"), std::string(1001, 'x')), "413");
  EXPECT_EQ(status(request("POST", "/echo", {{"content-length", "1001"}}), std::string(1001, 'x')), "413");
  EXPECT_EQ(status(request("POST", "/echo", {{"x-limit", "10"}}), std::string(11, 'x')), "413");
  EXPECT_EQ(status(request("POST", "/echo", {{"x-large", std::string(4096, 'x')}}), "x"), "431");
  EXPECT_EQ(status(request("POST", "/echo", {{"content-encoding", "br"}}), "x"), "415");
  EXPECT_EQ(status(request("POST", "/echo", {{"content-encoding", "gzip"}}), "x"), "400");
  EXPECT_EQ(status(request("POST", "/echo"), "x"), "200");
}

TEST(HttpExchange, Decompresses) {
  RunningServer running;
  const std::string plain(3'000'000, 'p');
  const std::string packed(gzip(chain_of(plain)).pieces.front());
  const StreamReply reply = sent(running, request("POST", "/echo", {{"content-encoding", "gzip"}}), packed);
  EXPECT_TRUE(reply.body == plain);
}

TEST(HttpExchange, TellsAnHttpClientOnAGrpcPort) {
  RunningServer running([](ServerOptions& options) { options.listen.front().protocols = {true, false}; });
  EXPECT_EQ(sent(running, request("GET", "/echo"), "").fields.at(":status"), "415");
}

TEST(HttpExchange, GivesUpABodyThatDoesNotArrive) {
  RunningServer running([](ServerOptions& options) { options.limits.body_timeout = std::chrono::milliseconds(100); });
  Http2Client client(running.port());
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, Http2Client::block_of(request("POST", "/echo"))});
  EXPECT_EQ(client.reply(1).fields.at(":status"), "408");
}

}  // namespace
}  // namespace ovserve::front
