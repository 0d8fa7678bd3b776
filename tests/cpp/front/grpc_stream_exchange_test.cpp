#include "front/grpc_stream_exchange.h"

#include <gtest/gtest.h>

#include <string>

#include "front/gzip.h"
#include "http2_client.h"
#include "running_server.h"

namespace ovserve::front {
namespace {

void open_stream(const Http2Client& client, std::int32_t id, const Fields& more = {}) {
  client.send(
      {NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, Http2Client::block_of(Http2Client::grpc_fields("Stream", more))});
}

void send_message(const Http2Client& client, std::int32_t id, const std::string& text) {
  client.send({NGHTTP2_DATA, 0, id, Http2Client::grpc_message(text)});
}

void half_close(const Http2Client& client, std::int32_t id) {
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, ""});
}

TEST(GrpcStreamExchange, AnswersEachMessageAsItComes) {
  RunningServer running;
  Http2Client client(running.port());
  open_stream(client, 1);
  std::string received;
  for (const std::string text : {"one", "two", "three"}) {
    send_message(client, 1, text);
    received += Http2Client::grpc_message(text);
    std::string body;
    while (body.size() < 5 + text.size()) {
      const auto frame = client.next_frame();
      ASSERT_TRUE(frame.has_value());
      if (frame->type == NGHTTP2_DATA) body += frame->payload;
    }
    EXPECT_EQ(body, Http2Client::grpc_message(text));
  }
  half_close(client, 1);
  EXPECT_EQ(client.reply(1).grpc_status(), "0");
}

TEST(GrpcStreamExchange, TakesManyMessagesInOneFrame) {
  RunningServer running;
  Http2Client client(running.port());
  open_stream(client, 1);
  std::string all;
  for (int i = 0; i < 1000; ++i) all += Http2Client::grpc_message(std::to_string(i));
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, all});
  const StreamReply reply = client.reply(1);
  EXPECT_TRUE(reply.body == all);
  EXPECT_EQ(reply.grpc_status(), "0");
}

TEST(GrpcStreamExchange, EndsWithoutMessages) {
  RunningServer running;
  Http2Client client(running.port());
  open_stream(client, 1);
  half_close(client, 1);
  EXPECT_EQ(client.reply(1).grpc_status(), "0");
}

TEST(GrpcStreamExchange, DecompressesWithoutLosingTheOrder) {
  RunningServer running([](ServerOptions& options) { options.compress_replies = true; });
  Http2Client client(running.port());
  client.settle();
  open_stream(client, 1, {{"grpc-encoding", "gzip"}});
  std::string expected;
  std::string all;
  for (int i = 0; i < 20; ++i) {
    // Incompressible, so that it is decompressed on the other thread.
    std::string plain;
    unsigned int seed = static_cast<unsigned int>(i) + 1;
    for (int k = 0; k < 20'000; ++k) plain += static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24U);
    all += Http2Client::grpc_message(gzip(chain_of(plain)).pieces.front(), true);
    all += Http2Client::grpc_message("plain");
    expected += Http2Client::grpc_message(plain) + Http2Client::grpc_message("plain");
  }
  client.send_data(1, all, true);
  const StreamReply reply = client.reply(1);
  EXPECT_TRUE(reply.body == expected);
  EXPECT_EQ(reply.grpc_status(), "0");
}

TEST(GrpcStreamExchange, EndsAmidAMessage) {
  RunningServer running;
  Http2Client client(running.port());
  open_stream(client, 1);
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, Http2Client::grpc_message("cut off").substr(0, 8)});
  EXPECT_EQ(client.reply(1).grpc_status(), "13");
}

TEST(GrpcStreamExchange, EndsAtTheDeadline) {
  RunningServer running;
  Http2Client client(running.port());
  open_stream(client, 1, {{"grpc-timeout", "50m"}});
  send_message(client, 1, "one");
  const StreamReply reply = client.reply(1);
  EXPECT_EQ(reply.message(), "one");
  EXPECT_EQ(reply.grpc_status(), "4");
}

// A client that sends on and on and takes nothing: what is held for it stays bounded, and as soon as
// it reads, it gets all.
TEST(GrpcStreamExchange, DoesNotWorkAheadOfASlowReader) {
  RunningServer running([](ServerOptions& options) { options.limits.stream_window = 1 << 20; });
  Http2Client client(running.port());
  client.gives_back_windows = false;
  client.settle();
  open_stream(client, 1);
  // More than its own window of 64 KiB and the 256 KiB that the server answers ahead.
  const std::string text(16'000, 'x');
  for (int i = 0; i < 60; ++i) send_message(client, 1, text);
  half_close(client, 1);
  ASSERT_TRUE(eventually([&] { return running.server().memory_used() > 0; }));
  client.gives_back_windows = true;
  client.send({NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(10'000'000)});
  client.send({NGHTTP2_WINDOW_UPDATE, 0, 1, big_endian(10'000'000)});
  const StreamReply reply = client.reply(1);
  EXPECT_EQ(reply.body.size(), 60 * (text.size() + 5));
  EXPECT_EQ(reply.grpc_status(), "0");
  EXPECT_TRUE(eventually([&] { return running.server().memory_used() == 0; }));
}

// Each message in a frame of its own, and each answer acknowledged by two frames.
TEST(GrpcStreamExchange, TakesThousandsOfSmallMessagesSentAhead) {
  RunningServer running;
  Http2Client client(running.port());
  client.settle();
  open_stream(client, 1);
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    send_message(client, 1, std::to_string(i));
    expected += Http2Client::grpc_message(std::to_string(i));
  }
  half_close(client, 1);
  const StreamReply reply = client.reply(1);
  EXPECT_TRUE(reply.body == expected);
  EXPECT_EQ(reply.grpc_status(), "0");
}

// Waiting messages take the memory of their bytes, however small they are.
TEST(GrpcStreamExchange, KeepsSmallMessagesThatWaitSmall) {
  RunningServer running;
  Http2Client client(running.port());
  client.gives_back_windows = false;
  client.settle();
  client.send({NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(10'000'000)});  // what holds up stream 1 is its own
  open_stream(client, 1);
  std::string all;
  for (int i = 0; i < 500'000; ++i) all += Http2Client::grpc_message("x");
  client.send_data(1, all, false);
  // Answered after everything before it has been taken.
  client.call(3, "Unary", "later");
  while (client.reply(3).message().empty() && client.step()) continue;
  EXPECT_GT(running.server().memory_used(), all.size() / 2);
  EXPECT_LT(running.server().memory_used(), 4 * all.size());
  client.socket().close();
  EXPECT_TRUE(eventually([&] { return running.server().memory_used() == 0; }));
}

TEST(GrpcStreamExchange, AnswersWhatCameBeforeABrokenMessage) {
  RunningServer running;
  Http2Client client(running.port());
  open_stream(client, 1);
  std::string all;
  for (int i = 0; i < 100; ++i) all += Http2Client::grpc_message(std::to_string(i));
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, all + all.substr(0, 3)});
  const StreamReply reply = client.reply(1);
  EXPECT_TRUE(reply.body == all);
  EXPECT_EQ(reply.grpc_status(), "13");
}

}  // namespace
}  // namespace ovserve::front
