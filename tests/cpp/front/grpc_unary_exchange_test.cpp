#include "front/grpc_unary_exchange.h"

#include <gtest/gtest.h>

#include <string>

#include "front/gzip.h"
#include "http2_client.h"
#include "running_server.h"

namespace ovserve::front {
namespace {

std::string packed(const std::string& plain) { return std::string(gzip(chain_of(plain)).pieces.front()); }

struct Sent {
  Fields fields;
  std::string data;
};

StreamReply sent(const RunningServer& running, const Sent& call) {
  Http2Client client(running.port());
  client.settle();
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, Http2Client::block_of(call.fields)});
  client.send_data(1, call.data, true);
  return client.reply(1);
}

std::string status_of(const RunningServer& running, const std::string& method, const Fields& more,
                      const std::string& data) {
  return sent(running, {Http2Client::grpc_fields(method, more), data}).grpc_status();
}

const std::string kHello = Http2Client::grpc_message("hello");

TEST(GrpcUnaryExchange, AnswersWithHeadMessageAndTrailer) {
  RunningServer running;
  const StreamReply reply = sent(running, {Http2Client::grpc_fields("Unary"), kHello});
  EXPECT_EQ(reply.fields.at(":status"), "200");
  EXPECT_EQ(reply.fields.at("content-type"), "application/grpc");
  EXPECT_FALSE(reply.fields.contains("grpc-status"));
  EXPECT_EQ(reply.body, kHello);
  EXPECT_EQ(reply.grpc_status(), "0");
  EXPECT_FALSE(reply.reset.has_value());
}

TEST(GrpcUnaryExchange, TakesAMessageInAnyPieces) {
  RunningServer running;
  Http2Client client(running.port());
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, Http2Client::block_of(Http2Client::grpc_fields("Unary"))});
  for (const char byte : kHello) client.send({NGHTTP2_DATA, 0, 1, std::string(1, byte)});
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, ""});
  const StreamReply reply = client.reply(1);
  EXPECT_EQ(reply.message(), "hello");
  EXPECT_EQ(reply.grpc_status(), "0");
}

TEST(GrpcUnaryExchange, TakesAndGivesEmptyMessages) {
  RunningServer running;
  const StreamReply reply = sent(running, {Http2Client::grpc_fields("Unary"), Http2Client::grpc_message("")});
  EXPECT_EQ(reply.body, std::string(5, '\0'));
  EXPECT_EQ(reply.grpc_status(), "0");
}

TEST(GrpcUnaryExchange, TakesMessagesLargerThanAllWindows) {
  RunningServer running([](ServerOptions& options) { options.limits.stream_window = 100'000; });
  Http2Client client(running.port());
  client.settle();
  std::string large(3'000'000, ' ');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 >> 3U);
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, Http2Client::block_of(Http2Client::grpc_fields("Unary"))});
  // Frames of different sizes, so that some are read to their place and some are not. The server's
  // windows are respected by reading what it grants.
  const std::string message = Http2Client::grpc_message(large);
  std::size_t granted = 100'000;
  std::size_t at = 0;
  std::size_t size = 1;
  while (at < message.size()) {
    const std::size_t part = std::min({size, message.size() - at, std::size_t{40'000}});
    while (granted < part) {
      const auto frame = client.next_frame();
      ASSERT_TRUE(frame.has_value());
      if (frame->type == NGHTTP2_WINDOW_UPDATE && frame->stream == 1) {
        granted += static_cast<unsigned char>(frame->payload[3]) | static_cast<unsigned char>(frame->payload[2]) << 8 |
                   static_cast<unsigned char>(frame->payload[1]) << 16;
      }
    }
    const bool last = at + part == message.size();
    const std::uint8_t flags = last ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE;
    client.send({NGHTTP2_DATA, flags, 1, message.substr(at, part)});
    at += part;
    granted -= part;
    size = size * 3 + 1;
    if (size > 90'000) size = 5;
  }
  EXPECT_TRUE(client.reply(1).message() == large);
}

TEST(GrpcUnaryExchange, AnswersFromAnotherThread) {
  RunningServer running;
  const StreamReply reply = sent(running, {Http2Client::grpc_fields("Late", {{"x-delay-ms", "20"}}), kHello});
  EXPECT_EQ(reply.message(), "hello");
  EXPECT_EQ(reply.grpc_status(), "0");
}

TEST(GrpcUnaryExchange, GivesTheHandlersStatusAlone) {
  RunningServer running;
  const Fields more{{"x-code", "9"}, {"x-message", "100% sure: \xC3\xA4"}};
  const StreamReply reply = sent(running, {Http2Client::grpc_fields("Fail", more), kHello});
  EXPECT_EQ(reply.fields.at(":status"), "200");
  EXPECT_EQ(reply.fields.at("grpc-status"), "9");
  EXPECT_EQ(reply.fields.at("grpc-message"), "100%25 sure: %C3%A4");
  EXPECT_EQ(reply.body, "");
}

TEST(GrpcUnaryExchange, RefusesWhatIsNoCall) {
  RunningServer running;
  EXPECT_EQ(status_of(running, "Nothing", {}, kHello), "12");
  EXPECT_EQ(status_of(running, "Unary", {}, ""), "12");
  EXPECT_EQ(status_of(running, "Unary", {}, kHello + kHello), "12");
  EXPECT_EQ(status_of(running, "Unary", {}, kHello.substr(0, 3)), "13");
  EXPECT_EQ(status_of(running, "Unary", {}, kHello.substr(0, 7)), "13");
  EXPECT_EQ(status_of(running, "Unary", {}, "\2" + kHello.substr(1)), "13");
  EXPECT_EQ(status_of(running, "Unary", {}, "\1" + kHello.substr(1)), "13");
  EXPECT_EQ(status_of(running, "Unary", {{"grpc-encoding", "snappy"}}, kHello), "12");
  EXPECT_EQ(status_of(running, "Unary", {{"grpc-timeout", "soon"}}, kHello), "13");
  EXPECT_EQ(status_of(running, "Throw", {}, kHello), "13");
  EXPECT_EQ(running.handler().handled, 1);
}

TEST(GrpcUnaryExchange, RefusesOtherMethodsOfHttp) {
  RunningServer running;
  Fields fields = Http2Client::grpc_fields("Unary");
  fields.front().second = "PUT";
  const StreamReply reply = sent(running, {fields, kHello});
  EXPECT_EQ(reply.fields.at(":status"), "405");
  EXPECT_EQ(reply.grpc_status(), "13");
}

TEST(GrpcUnaryExchange, NamesTheCompressionsItUnderstands) {
  RunningServer running;
  const StreamReply reply = sent(running, {Http2Client::grpc_fields("Unary", {{"grpc-encoding", "br"}}), kHello});
  EXPECT_EQ(reply.fields.at("grpc-accept-encoding"), "identity, deflate, gzip");
}

TEST(GrpcUnaryExchange, RefusesLargeMessagesWithoutReadingThem) {
  RunningServer running([](ServerOptions& options) { options.limits.message_bytes = 1000; });
  Http2Client client(running.port());
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, Http2Client::block_of(Http2Client::grpc_fields("Unary"))});
  client.send({NGHTTP2_DATA, 0, 1, std::string("\0\0\0\3\xE9", 5)});
  EXPECT_EQ(client.reply(1).grpc_status(), "8");
  EXPECT_EQ(status_of(running, "Unary", {{"x-limit", "4"}}, kHello), "8");
  EXPECT_EQ(status_of(running, "Unary", {{"x-limit", "5"}}, kHello), "0");
}

TEST(GrpcUnaryExchange, RefusesLargeReplies) {
  RunningServer running([](ServerOptions& options) { options.limits.message_bytes = 1000; });
  Http2Client client(running.port());
  client.call(1, "Large", "x", {{"x-size", "1000"}});
  EXPECT_EQ(client.reply(1).message().size(), 1000U);
  client.call(3, "Large", "x", {{"x-size", "1001"}});
  const StreamReply reply = client.reply(3);
  EXPECT_EQ(reply.grpc_status(), "8");
  EXPECT_EQ(reply.body, "");
}

// Each protocol has a limit of its own.
TEST(GrpcUnaryExchange, MayTakeMoreThanABody) {
  RunningServer running([](ServerOptions& options) { options.limits.body_bytes = 10; });
  Http2Client client(running.port());
  client.call(1, "Count", std::string(1000, 'x'));
  EXPECT_EQ(client.reply(1).message(), "1000");
}

TEST(GrpcUnaryExchange, EndsAtTheDeadline) {
  RunningServer running;
  const StreamReply reply = sent(running, {Http2Client::grpc_fields("Never", {{"grpc-timeout", "50m"}}), kHello});
  EXPECT_EQ(reply.grpc_status(), "4");
  EXPECT_TRUE(eventually([&] { return running.handler().cancelled == 1; }));
  EXPECT_EQ(status_of(running, "Unary", {{"grpc-timeout", "0n"}}, kHello), "4");
}

TEST(GrpcUnaryExchange, EndsAtTheDeadlineThoughTheMessageIsNotThere) {
  RunningServer running;
  Http2Client client(running.port());
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1,
               Http2Client::block_of(Http2Client::grpc_fields("Unary", {{"grpc-timeout", "50m"}}))});
  EXPECT_EQ(client.reply(1).grpc_status(), "4");
}

TEST(GrpcUnaryExchange, TellsTheHandlerOfAReset) {
  RunningServer running;
  Http2Client client(running.port());
  client.call(1, "Never", "x");
  client.call(3, "Late", "y");
  ASSERT_TRUE(eventually([&] { return running.handler().handled == 2; }));
  client.send({NGHTTP2_RST_STREAM, 0, 1, big_endian(NGHTTP2_CANCEL)});
  EXPECT_TRUE(eventually([&] { return running.handler().cancelled == 1; }));
  EXPECT_EQ(client.reply(3).message(), "y");
}

TEST(GrpcUnaryExchange, GivesUpAMessageThatDoesNotArrive) {
  RunningServer running([](ServerOptions& options) { options.limits.body_timeout = std::chrono::milliseconds(100); });
  Http2Client client(running.port());
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, Http2Client::block_of(Http2Client::grpc_fields("Unary"))});
  client.send({NGHTTP2_DATA, 0, 1, kHello.substr(0, 6)});
  EXPECT_EQ(client.reply(1).grpc_status(), "4");
}

TEST(GrpcUnaryExchange, Decompresses) {
  RunningServer running;
  const std::string large(1'000'000, 'z');
  for (const std::string& plain : {std::string("hello"), large}) {
    const std::string message = Http2Client::grpc_message(packed(plain), true);
    const StreamReply reply = sent(running, {Http2Client::grpc_fields("Unary", {{"grpc-encoding", "gzip"}}), message});
    EXPECT_TRUE(reply.message() == plain);
    EXPECT_EQ(reply.grpc_status(), "0");
  }
  // Named, but not used.
  EXPECT_EQ(status_of(running, "Unary", {{"grpc-encoding", "gzip"}}, kHello), "0");
}

TEST(GrpcUnaryExchange, RefusesWhatCannotBeDecompressed) {
  RunningServer running([](ServerOptions& options) { options.limits.message_bytes = 1'000'000; });
  const Fields gzip_named{{"grpc-encoding", "gzip"}};
  const auto status = [&](const std::string& bytes) {
    return status_of(running, "Unary", gzip_named, Http2Client::grpc_message(bytes, true));
  };
  const std::string good = packed("hello");
  EXPECT_EQ(status("not gzip"), "13");
  EXPECT_EQ(status(""), "13");
  EXPECT_EQ(status(good.substr(0, good.size() - 1)), "13");
  EXPECT_EQ(status(good + "x"), "13");
  EXPECT_EQ(status(packed(std::string(1'000'001, 'z'))), "8");
  EXPECT_EQ(status(packed(std::string(1'000'000, 'z'))), "0");
  EXPECT_EQ(running.server().memory_used(), 0U);
}

// Ten thousand times as much as was sent, refused without having been held.
TEST(GrpcUnaryExchange, IsNotBlownUpByABomb) {
  RunningServer running([](ServerOptions& options) {
    options.limits.message_bytes = 1 << 20;
    options.limits.memory_bytes = 16 << 20;
  });
  const std::string bomb = packed(std::string(50'000'000, '\0'));
  ASSERT_LT(bomb.size(), 300'000U);
  EXPECT_EQ(status_of(running, "Unary", {{"grpc-encoding", "gzip"}}, Http2Client::grpc_message(bomb, true)), "8");
  EXPECT_EQ(status_of(running, "Unary", {}, kHello), "0");
}

TEST(GrpcUnaryExchange, CompressesRepliesIfBothWantIt) {
  RunningServer running([](ServerOptions& options) { options.compress_replies = true; });
  const std::string plain(100'000, 'p');
  const std::string message = Http2Client::grpc_message(plain);
  const StreamReply reply =
      sent(running, {Http2Client::grpc_fields("Unary", {{"grpc-accept-encoding", "identity,gzip"}}), message});
  EXPECT_EQ(reply.fields.at("grpc-encoding"), "gzip");
  EXPECT_EQ(reply.body.front(), '\1');
  EXPECT_LT(reply.body.size(), 10'000U);
  Body inflated;
  ASSERT_EQ(inflate(reply.message(), 1 << 20, inflated), InflateResult::kOk);
  EXPECT_TRUE(inflated.view() == plain);

  const StreamReply unasked = sent(running, {Http2Client::grpc_fields("Unary"), message});
  EXPECT_FALSE(unasked.fields.contains("grpc-encoding"));
  EXPECT_TRUE(unasked.message() == plain);
}

TEST(GrpcUnaryExchange, RefusesWhatTheMemoryOfAllDoesNotHold) {
  RunningServer running([](ServerOptions& options) { options.limits.memory_bytes = 4 << 20; });
  EXPECT_EQ(status_of(running, "Unary", {}, Http2Client::grpc_message(std::string(3 << 20, 'x'))), "8");
  EXPECT_EQ(status_of(running, "Unary", {}, Http2Client::grpc_message(std::string(1 << 20, 'x'))), "0");
  EXPECT_TRUE(eventually([&] { return running.server().memory_used() == 0; }));
}

TEST(GrpcUnaryExchange, RefusesMetadataBeyondTheLimit) {
  RunningServer running([](ServerOptions& options) { options.limits.head_bytes = 4096; });
  Http2Client client(running.port());
  client.call(1, "Unary", "x", {{"x-large", std::string(5000, 'a')}});
  EXPECT_EQ(client.reply(1).grpc_status(), "8");
  client.call(3, "Unary", "x");
  EXPECT_EQ(client.reply(3).grpc_status(), "0");
}

TEST(GrpcUnaryExchange, RefusesGrpcOnAnHttpPort) {
  RunningServer running([](ServerOptions& options) { options.listen.front().protocols = {false, true}; });
  EXPECT_EQ(status_of(running, "Unary", {}, kHello), "12");
}

}  // namespace
}  // namespace ovserve::front
