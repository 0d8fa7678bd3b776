#include "front/http1_session.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "raw_client.h"
#include "running_server.h"

namespace ovserve::front {
namespace {

std::string post(const std::string& path, const std::string& body, const std::string& more = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
         "\r\n" + body;
}

bool has_status(const std::string& reply, int status) {
  return reply.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

std::string body_of(const std::string& reply) {
  const auto at = reply.find("\r\n\r\n");
  return at == std::string::npos ? "" : reply.substr(at + 4);
}

TEST(Http1Session, AnswersOneRequestAfterAnother) {
  RunningServer running;
  RawClient client(running.port());
  for (const std::string text : {"one", "two", ""}) {
    client.send(post("/echo", text, "Content-Type: text/x-test\r\n"));
    const std::string reply = client.read_reply();
    EXPECT_TRUE(has_status(reply, 200)) << reply;
    EXPECT_EQ(body_of(reply), text);
    EXPECT_NE(reply.find("content-type: text/x-test\r\n"), std::string::npos) << reply;
    EXPECT_NE(reply.find("\r\ndate: "), std::string::npos) << reply;
  }
}

TEST(Http1Session, TakesARequestByteByByte) {
  RunningServer running;
  RawClient client(running.port());
  for (const char byte : post("/echo", "slowly")) client.send({&byte, 1});
  EXPECT_EQ(body_of(client.read_reply()), "slowly");
}

TEST(Http1Session, AnswersPipelinedRequestsInOrder) {
  RunningServer running;
  RawClient client(running.port());
  std::string all;
  for (int i = 0; i < 500; ++i) {
    all += i % 3 == 0 ? post("/late", std::to_string(i)) : post("/echo", std::to_string(i));
  }
  client.send(all);
  for (int i = 0; i < 500; ++i) ASSERT_EQ(body_of(client.read_reply()), std::to_string(i));
}

TEST(Http1Session, TakesAndGivesLargeBodies) {
  RunningServer running;
  RawClient client(running.port());
  std::string large(7'000'001, 'a');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 23);
  std::thread sender([&] { client.send(post("/echo", large)); });
  const std::string body = body_of(client.read_reply());
  sender.join();
  EXPECT_TRUE(body == large);
}

TEST(Http1Session, TakesChunks) {
  RunningServer running;
  RawClient client(running.port());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
  client.send(head + "5\r\nhello\r\n6;note=\"x\"\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n");
  EXPECT_EQ(body_of(client.read_reply()), "hello world");
  for (const char byte : head + "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n") client.send({&byte, 1});
  EXPECT_EQ(body_of(client.read_reply()), "abc0123456789");
  client.send(head + "0\r\n\r\n");
  EXPECT_EQ(body_of(client.read_reply()), "");
}

TEST(Http1Session, InvitesABodyThatWaitsForIt) {
  RunningServer running;
  RawClient client(running.port());
  client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_EQ(body_of(client.read_reply()), "body");
  // What will not be taken is said before it is sent.
  client.send("POST /nothing HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(has_status(client.read_all(), 404));
}

TEST(Http1Session, ServesHttp10) {
  RunningServer running;
  RawClient client(running.port());
  client.send("POST /echo HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
  const std::string reply = client.read_all();
  EXPECT_EQ(body_of(reply), "hi");
  EXPECT_NE(reply.find("connection: close"), std::string::npos) << reply;

  RawClient kept(running.port());
  for (int i = 0; i < 2; ++i) {
    kept.send("POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi");
    const std::string answer = kept.read_reply();
    EXPECT_EQ(body_of(answer), "hi");
    EXPECT_NE(answer.find("connection: keep-alive"), std::string::npos) << answer;
  }
}

TEST(Http1Session, ClosesWhenAskedTo) {
  RunningServer running;
  RawClient client(running.port());
  client.send(post("/echo", "last", "Connection: close\r\n") + post("/echo", "never"));
  const std::string replies = client.read_all();
  EXPECT_EQ(body_of(replies), "last");
}

TEST(Http1Session, AnswersHeadWithoutBody) {
  RunningServer running;
  RawClient client(running.port());
  client.send("HEAD /nothing HTTP/1.1\r\nHost: test\r\n\r\n" + post("/echo", "next"));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_TRUE(has_status(head, 404)) << head;
  EXPECT_NE(head.find("content-length: "), std::string::npos) << head;
  EXPECT_EQ(body_of(client.read_reply()), "next");
}

TEST(Http1Session, KeepsTheConnectionOfARefusedRequest) {
  RunningServer running;
  RawClient client(running.port());
  client.send(post("/nothing", std::string(100'000, 'x')) + post("/echo", "next"));
  EXPECT_TRUE(has_status(client.read_reply(), 404));
  EXPECT_EQ(body_of(client.read_reply()), "next");
}

TEST(Http1Session, PassesOverEmptyLines) {
  RunningServer running;
  RawClient client(running.port());
  client.send(post("/echo", "one") + "\r\n\r\n" + post("/echo", "two"));
  EXPECT_EQ(body_of(client.read_reply()), "one");
  EXPECT_EQ(body_of(client.read_reply()), "two");
}

struct Refused {
  const char* name;
  std::string request;
  int status;
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }

class RefusedRequest : public ::testing::TestWithParam<Refused> {};

// Whatever could make two servers see different requests, and what exceeds a limit: an answer, then
// the end. Nothing of what follows is taken for a request.
TEST_P(RefusedRequest, IsAnsweredAndClosed) {
  RunningServer running([](ServerOptions& options) {
    options.limits.head_bytes = 4096;
    options.limits.body_bytes = 10'000;
    options.limits.head_fields = 20;
  });
  RawClient client(running.port());
  client.send(GetParam().request + "GET /echo HTTP/1.1\r\nHost: smuggled\r\n\r\n");
  const std::string replies = client.read_all();
  EXPECT_TRUE(has_status(replies, GetParam().status)) << replies;
  EXPECT_EQ(replies.find("\r\ndate: "), replies.rfind("\r\ndate: ")) << replies;
  EXPECT_EQ(running.handler().handled, 0);
  // Others are served.
  RawClient other(running.port());
  other.send(post("/echo", "fine"));
  EXPECT_EQ(body_of(other.read_reply()), "fine");
}

const std::string kPost = "POST /echo HTTP/1.1\r\nHost: a\r\n";

INSTANTIATE_TEST_SUITE_P(
    All, RefusedRequest,
    ::testing::Values(
        Refused{"TwoLengths", kPost + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
        Refused{"SameLengthTwice", kPost + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400},
        Refused{"LengthList", kPost + "Content-Length: 2, 2\r\n\r\nab", 400},
        Refused{"SignedLength", kPost + "Content-Length: +2\r\n\r\nab", 400},
        Refused{"NegativeLength", kPost + "Content-Length: -2\r\n\r\nab", 400},
        Refused{"HexLength", kPost + "Content-Length: 0x2\r\n\r\nab", 400},
        Refused{"EmptyLength", kPost + "Content-Length: \r\n\r\nab", 400},
        Refused{"HugeLength", kPost + "Content-Length: 99999999999999999999999\r\n\r\nab", 400},
        Refused{"LengthAndChunks", kPost + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Refused{"ChunksAndLength", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
        Refused{"TwoCodings", kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Refused{"CodingTwice", kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501},
        Refused{"OtherCoding", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
        Refused{"UnknownCoding", kPost + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
        Refused{"ChunkedIsNotLast", kPost + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 501},
        Refused{"CodingInHttp10", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Refused{"FoldedLine", kPost + "X-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n", 400},
        Refused{"FoldedCoding", kPost + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400},
        Refused{"BlankBeforeColon", kPost + "Content-Length : 0\r\n\r\n", 400},
        Refused{"BlankFirstLine", kPost.substr(0, kPost.find("Host")) + " Host: a\r\n\r\n", 400},
        Refused{"BareLineFeed", "POST /echo HTTP/1.1\nHost: a\n\n", 505},
        Refused{"BareLineFeedAfterField", kPost + "X: a\nContent-Length: 0\r\n\r\n", 400},
        Refused{"BareReturn", kPost + "X: a\rb\r\n\r\n", 400},
        Refused{"NulInValue", kPost + std::string("X: a\0b\r\n\r\n", 10), 400},
        Refused{"NoHost", "GET /echo HTTP/1.1\r\n\r\n", 400},
        Refused{"TwoHosts", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        Refused{"NoVersion", "GET /echo\r\n\r\n", 400},
        Refused{"OtherVersion", "GET /echo HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        Refused{"NoTarget", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"TargetWithoutPath", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Refused{"NotHttp", "\x16\x03\x01\x02\x01hello\r\n\r\n", 400},
        Refused{"LongLine", "GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
        Refused{"LongField", kPost + "X: " + std::string(5000, 'a') + "\r\n\r\n", 431},
        Refused{"ManyFields",
                kPost +
                    [] {
                      std::string fields;
                      for (int i = 0; i < 150; ++i) fields += "X: 1\r\n";
                      return fields;
                    }() +
                    "\r\n",
                431},
        Refused{"TooManyFields",
                kPost +
                    [] {
                      std::string fields;
                      for (int i = 0; i < 20; ++i) fields += "X: 1\r\n";
                      return fields;
                    }() +
                    "\r\n",
                431},
        Refused{"LongTrailer",
                kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(5000, 'a') + "\r\n\r\n", 431},
        Refused{"LongTrailerInManyFields",
                kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\n" +
                    [] {
                      std::string fields;
                      for (int i = 0; i < 150; ++i) fields += "X: 1\r\n";
                      return fields;
                    }() +
                    "\r\n",
                431},
        Refused{"LongBody", kPost + "Content-Length: 10001\r\n\r\n" + std::string(10'001, 'x'), 413},
        Refused{"LongChunk",
                kPost + "Transfer-Encoding: chunked\r\n\r\n2711\r\n" + std::string(10'001, 'x') + "\r\n0\r\n\r\n", 413},
        Refused{"HugeChunk", kPost + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc", 413},
        Refused{"HugerChunk", kPost + "Transfer-Encoding: chunked\r\n\r\n1FFFFFFFFFFFFFFFF\r\nabc", 400},
        Refused{"ChunkWithoutEnd", kPost + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400},
        Refused{"ChunkWithSign", kPost + "Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n", 400},
        Refused{"ChunkWithBareLineFeed", kPost + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400},
        Refused{"LongExtension",
                kPost + "Transfer-Encoding: chunked\r\n\r\n3;x=" + std::string(4000, 'a') + "\r\nabc\r\n0\r\n\r\n",
                400},
        Refused{"OtherExpectation", kPost + "Expect: miracles\r\nContent-Length: 0\r\n\r\n", 417},
        Refused{"OtherContentCoding", kPost + "Content-Encoding: br\r\nContent-Length: 1\r\n\r\na", 415}),
    [](const auto& refused) { return refused.param.name; });

TEST(Http1Session, TakesAsManyFieldsAsAllowed) {
  RunningServer running([](ServerOptions& options) { options.limits.head_fields = 20; });
  RawClient client(running.port());
  std::string more;
  for (int i = 0; i < 18; ++i) more += "X: 1\r\n";
  client.send(post("/echo", "hello", more));
  EXPECT_EQ(body_of(client.read_reply()), "hello");
}

TEST(Http1Session, TellsAnHttpClientOnAGrpcPort) {
  RunningServer running([](ServerOptions& options) { options.listen.front().protocols = {true, false}; });
  RawClient client(running.port());
  client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  const std::string reply = client.read_all();
  EXPECT_TRUE(has_status(reply, 400)) << reply;
  EXPECT_NE(reply.find("gRPC"), std::string::npos) << reply;
}

TEST(Http1Session, AnswersWhenTheHandlerThrows) {
  RunningServer running;
  RawClient client(running.port());
  client.send(post("/throw", "x") + post("/echo", "next"));
  EXPECT_TRUE(has_status(client.read_reply(), 500));
  EXPECT_EQ(body_of(client.read_reply()), "next");
}

TEST(Http1Session, TellsTheHandlerThatTheClientHasGone) {
  RunningServer running;
  RawClient client(running.port());
  client.send(post("/never", ""));
  ASSERT_TRUE(eventually([&] { return running.handler().handled == 1; }));
  client.reset();
  EXPECT_TRUE(eventually([&] { return running.handler().cancelled == 1; }));
  EXPECT_TRUE(eventually([&] { return running.server().connections() == 0; }));
}

TEST(Http1Session, StillAnswersAClientThatSendsNoMore) {
  RunningServer running;
  RawClient client(running.port());
  client.send(post("/late", "still here", "X-Delay-Ms: 50\r\n"));
  client.end_output();
  EXPECT_EQ(body_of(client.read_all()), "still here");
}

TEST(Http1Session, SendsAnswersInPieces) {
  RunningServer running;
  RawClient client(running.port());
  client.send(post("/pieces", "first", "X-Count: 2\r\nX-Size: 26\r\n") + "HEAD /pieces HTTP/1.1\r\nHost: test\r\n\r\n" +
              post("/echo", "next", "Connection: close\r\n"));
  const std::string all = client.read_all();
  const std::string piece = "1a\r\n" + std::string(26, 'p') + "\r\n";
  EXPECT_NE(all.find("content-type: text/x-pieces\r\n"), std::string::npos) << all;
  EXPECT_NE(all.find("transfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n" + piece + piece + "0\r\n\r\nHTTP/1.1 200"),
            std::string::npos)
      << all;
  // HEAD has no pieces, and the connection goes on.
  EXPECT_NE(all.find("transfer-encoding: chunked\r\n\r\nHTTP/1.1 200"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("next")) << all;
}

TEST(Http1Session, SendsPiecesToOldClientsUpToTheEndOfTheConnection) {
  RunningServer running;
  RawClient client(running.port());
  client.send(
      "POST /pieces HTTP/1.0\r\nContent-Length: 2\r\nX-Count: 3\r\nX-Size: 2\r\nConnection: keep-alive\r\n\r\nab");
  const std::string all = client.read_all();
  EXPECT_NE(all.find("connection: close\r\n"), std::string::npos) << all;
  EXPECT_EQ(all.find("chunked"), std::string::npos) << all;
  EXPECT_EQ(body_of(all), "abpppppp");
}

TEST(Http1Session, CutsOffAnswersThatAreNotComplete) {
  RunningServer running;
  for (const char* how : {"X-Break: 1\r\n", "X-Lose: 1\r\n"}) {
    RawClient client(running.port());
    client.send(post("/pieces", "first", std::string("X-Count: 1\r\nX-Size: 3\r\n") + how));
    EXPECT_TRUE(client.read_all().ends_with("5\r\nfirst\r\n3\r\nppp\r\n")) << how;
  }
}

TEST(Http1Session, GivesUpSlowHeadsAndBodies) {
  RunningServer running([](ServerOptions& options) {
    options.limits.head_timeout = options.limits.body_timeout = std::chrono::milliseconds(100);
  });
  RawClient head(running.port());
  head.send("POST /echo HTT");
  RawClient body(running.port());
  body.send(post("/echo", "").replace(post("/echo", "").find("Length: 0"), 9, "Length: 9") + "a");
  RawClient nothing(running.port());
  EXPECT_TRUE(has_status(head.read_all(), 408));
  EXPECT_TRUE(has_status(body.read_all(), 408));
  EXPECT_EQ(nothing.read_all(), "");
}

// Whoever is looked at just when it gets an answer does not count as somebody who takes none.
TEST(Http1Session, GivesThoseTimeWhoAreBeingAnswered) {
  RunningServer running([](ServerOptions& options) {
    options.io_threads = 1;
    options.limits.write_timeout = std::chrono::milliseconds(1);
  });
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<RawClient>(running.port()));
  // The server looks once a second, most likely amid a round.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  while (std::chrono::steady_clock::now() < end) {
    for (const auto& client : clients) ASSERT_TRUE(client->send(post("/echo", "x")));
    for (const auto& client : clients) ASSERT_EQ(body_of(client->read_reply()), "x");
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

TEST(Http1Session, ClosesIdleConnections) {
  RunningServer running(
      [](ServerOptions& options) { options.limits.http1_idle_timeout = std::chrono::milliseconds(100); });
  RawClient client(running.port());
  client.send(post("/echo", "hello"));
  EXPECT_EQ(body_of(client.read_reply()), "hello");
  EXPECT_EQ(client.read_all(), "");
}

TEST(Http1Session, DecompressesBodies) {
  RunningServer running;
  RawClient client(running.port());
  for (const std::size_t size : {std::size_t{10}, std::size_t{5'000'000}}) {
    std::string plain(size, 'z');
    for (std::size_t i = 0; i < size; i += 3) plain[i] = static_cast<char>(i * i >> 3U);
    const ByteChain packed = gzip(chain_of(plain));
    client.send(post("/echo", std::string(packed.pieces.front()), "Content-Encoding: gzip\r\n"));
    EXPECT_TRUE(body_of(client.read_reply()) == plain);
  }
  client.send(post("/echo", "not gzip at all", "Content-Encoding: gzip\r\n") + post("/echo", "next"));
  EXPECT_TRUE(has_status(client.read_reply(), 400));
  EXPECT_EQ(body_of(client.read_reply()), "next");
}

TEST(Http1Session, RefusesWhatTheMemoryOfAllDoesNotHold) {
  RunningServer running([](ServerOptions& options) { options.limits.memory_bytes = 4 << 20; });
  RawClient client(running.port());
  client.send(post("/echo", std::string(3 << 20, 'x')));
  EXPECT_TRUE(has_status(client.read_all(), 503));
  RawClient other(running.port());
  other.send(post("/count", std::string(1 << 20, 'x')));
  EXPECT_EQ(body_of(other.read_reply()), "1048576");
  EXPECT_TRUE(eventually([&] { return running.server().memory_used() == 0; }));
}

}  // namespace
}  // namespace ovserve::front
