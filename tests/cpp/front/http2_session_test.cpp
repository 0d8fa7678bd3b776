#include "front/http2_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "http2_client.h"
#include "running_server.h"

namespace ovserve::front {
namespace {

const std::string kHello = Http2Client::grpc_message("hello");

Frame headers(std::int32_t id, const Fields& fields, std::uint8_t flags = NGHTTP2_FLAG_END_HEADERS) {
  return {NGHTTP2_HEADERS, flags, id, Http2Client::block_of(fields)};
}

// That a client which has done nothing wrong is served, and at once.
void expect_served(const RunningServer& running) {
  Http2Client client(running.port());
  const auto begun = std::chrono::steady_clock::now();
  client.call(1, "Unary", "served");
  EXPECT_EQ(client.reply(1).message(), "served");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST(Http2Session, ServesManyStreamsAtOnce) {
  RunningServer running;
  Http2Client client(running.port());
  for (std::int32_t i = 0; i < 300; ++i) client.call(2 * i + 1, i % 2 == 0 ? "Late" : "Unary", std::to_string(i));
  for (std::int32_t i = 0; i < 300; ++i) EXPECT_EQ(client.reply(2 * i + 1).message(), std::to_string(i));
}

TEST(Http2Session, TakesPaddingAndPriorities) {
  RunningServer running;
  Http2Client client(running.port());
  const std::string block = Http2Client::block_of(Http2Client::grpc_fields("Unary"));
  // A pad length, a dependency with a weight, the block, the padding.
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_PADDED | NGHTTP2_FLAG_PRIORITY, 1,
               "\7" + std::string(4, '\0') + "\x10" + block + std::string(7, '\0')});
  client.send({NGHTTP2_PRIORITY, 0, 3, std::string(4, '\0') + "\x20"});
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\3" + kHello.substr(0, 6) + std::string(3, '\0')});
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, std::string(256, '\xFF').replace(1, 255, 255, '\0')});
  client.send(
      {NGHTTP2_DATA, NGHTTP2_FLAG_PADDED | NGHTTP2_FLAG_END_STREAM, 1, std::string(1, '\0') + kHello.substr(6)});
  EXPECT_EQ(client.reply(1).message(), "hello");
}

TEST(Http2Session, PassesOverUnknownFramesFlagsAndSettings) {
  RunningServer running;
  Http2Client client(running.port(), std::string("\x0A\x0A\0\0\0\1", 6));
  client.send({0xBC, 0xFF, 0, "what is this"});
  const std::string block = Http2Client::block_of(Http2Client::grpc_fields("Unary"));
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | 0x40 | 0x80, 1, block});
  client.send({0xBD, 0, 1, ""});
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM | 0x10 | 0x80, 1, kHello});
  EXPECT_EQ(client.reply(1).message(), "hello");
}

TEST(Http2Session, TakesAHeadInPieces) {
  RunningServer running;
  Http2Client client(running.port());
  const std::string block = Http2Client::block_of(Http2Client::grpc_fields("Unary"));
  client.send({NGHTTP2_HEADERS, 0, 1, block.substr(0, 10)});
  client.send({NGHTTP2_CONTINUATION, 0, 1, block.substr(10, 20)});
  client.send({NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, block.substr(30)});
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, kHello});
  EXPECT_EQ(client.reply(1).message(), "hello");
}

TEST(Http2Session, TakesATrailer) {
  RunningServer running;
  Http2Client client(running.port());
  client.send(headers(1, Http2Client::grpc_fields("Unary")));
  client.send({NGHTTP2_DATA, 0, 1, kHello});
  client.send(headers(1, {{"x-trailer", "1"}}, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM));
  EXPECT_EQ(client.reply(1).message(), "hello");
}

TEST(Http2Session, TakesBytesInAnyPieces) {
  RunningServer running;
  Http2Client client(running.port());
  std::string all = Http2Client::bytes_of(headers(1, Http2Client::grpc_fields("Unary")));
  all += Http2Client::bytes_of({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, kHello});
  for (const char byte : all) client.socket().send({&byte, 1});
  EXPECT_EQ(client.reply(1).message(), "hello");
}

TEST(Http2Session, AnswersPing) {
  RunningServer running;
  Http2Client client(running.port());
  client.send({NGHTTP2_PING, 0, 0, "12345678"});
  while (true) {
    const auto frame = client.next_frame();
    ASSERT_TRUE(frame.has_value());
    if (frame->type != NGHTTP2_PING) continue;
    EXPECT_EQ(frame->flags, NGHTTP2_FLAG_ACK);
    EXPECT_EQ(frame->payload, "12345678");
    return;
  }
}

struct Broken {
  const char* name;
  std::string bytes;  // after the preface and empty settings
};

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

class BrokenConnection : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenConnection, EndsWithoutHarm) {
  RunningServer running;
  Http2Client client(running.port());
  client.socket().send(GetParam().bytes);
  EXPECT_NE(client.goaway_code().value_or(NGHTTP2_PROTOCOL_ERROR), NGHTTP2_NO_ERROR);
  while (client.step()) continue;
  client.socket().close();
  EXPECT_TRUE(eventually([&] { return running.server().connections() == 0; }));
  EXPECT_EQ(running.handler().handled, 0);
  expect_served(running);
}

std::string raw(const Frame& frame) { return Http2Client::bytes_of(frame); }

INSTANTIATE_TEST_SUITE_P(
    All, BrokenConnection,
    ::testing::Values(
        Broken{"DataWithoutStream", raw({NGHTTP2_DATA, 0, 0, "x"})},
        Broken{"DataOnIdleStream", raw({NGHTTP2_DATA, 0, 5, "x"})},
        Broken{"HeadersOnEvenStream", raw(headers(2, Http2Client::grpc_fields("Unary")))},
        Broken{"BrokenHeaderBlock", raw({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\xFF\xFF\xFF\xFF\xFF\xFF"})},
        Broken{"ContinuationAlone", raw({NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, ""})},
        Broken{"FrameAmidHead", raw({NGHTTP2_HEADERS, 0, 1, Http2Client::block_of({{":method", "POST"}})}) +
                                    raw({NGHTTP2_PING, 0, 0, "12345678"})},
        Broken{"PushPromise", raw({NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1, big_endian(2)})},
        Broken{"ShortPing", raw({NGHTTP2_PING, 0, 0, "1234"})},
        Broken{"PingOnStream", raw({NGHTTP2_PING, 0, 1, "12345678"})},
        Broken{"OddSettings", raw({NGHTTP2_SETTINGS, 0, 0, "12345"})},
        Broken{"SettingsOnStream", raw({NGHTTP2_SETTINGS, 0, 1, ""})},
        Broken{"HugeWindow", raw({NGHTTP2_SETTINGS, 0, 0, std::string("\0\4\xFF\xFF\xFF\xFF", 6)})},
        Broken{"SmallFrames", raw({NGHTTP2_SETTINGS, 0, 0, std::string("\0\5\0\0\0\1", 6)})},
        Broken{"NoIncrement", raw({NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(0)})},
        Broken{"WindowOverflow", raw({NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(0x7FFFFFFF)})},
        Broken{"ResetOfIdleStream", raw({NGHTTP2_RST_STREAM, 0, 1, big_endian(8)})},
        Broken{"ShortReset",
               raw(headers(1, Http2Client::grpc_fields("Unary"))) + raw({NGHTTP2_RST_STREAM, 0, 1, "12"})},
        Broken{"TooMuchPadding", raw(headers(1, Http2Client::grpc_fields("Unary"))) +
                                     raw({NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\x40pad"})},
        Broken{"FrameBeyondTheLimit", std::string("\xFF\xFF\xFF\0\0\0\0\0\1", 9)}),
    [](const auto& broken) { return broken.param.name; });

struct Malformed {
  const char* name;
  Fields fields;
};

void PrintTo(const Malformed& malformed, std::ostream* out) { *out << malformed.name; }

class MalformedRequest : public ::testing::TestWithParam<Malformed> {};

// RFC 9113, 8.1.1: the stream is reset, the connection goes on.
TEST_P(MalformedRequest, EndsItsStreamAlone) {
  RunningServer running;
  Http2Client client(running.port());
  client.send(headers(1, GetParam().fields));
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, kHello});
  EXPECT_EQ(client.reply(1).reset, NGHTTP2_PROTOCOL_ERROR);
  EXPECT_EQ(running.handler().handled, 0);
  client.call(3, "Unary", "next");
  EXPECT_EQ(client.reply(3).message(), "next");
}

Fields without(const std::string& name) {
  Fields fields = Http2Client::grpc_fields("Unary");
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  return fields;
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedRequest,
    ::testing::Values(Malformed{"NoMethod", without(":method")}, Malformed{"NoPath", without(":path")},
                      Malformed{"NoScheme", without(":scheme")},
                      Malformed{"UpperCase", Http2Client::grpc_fields("Unary", {{"X-Upper", "1"}})},
                      Malformed{"PseudoFieldLast", Http2Client::grpc_fields("Unary", {{":late", "1"}})},
                      Malformed{"PathTwice", Http2Client::grpc_fields("Unary", {{":path", "/x"}})},
                      Malformed{"Connection", Http2Client::grpc_fields("Unary", {{"connection", "close"}})},
                      Malformed{"TransferEncoding",
                                Http2Client::grpc_fields("Unary", {{"transfer-encoding", "chunked"}})},
                      Malformed{"TeOfAnotherKind", Http2Client::grpc_fields("Unary", {{"te", "gzip"}})},
                      Malformed{"LineBreakInValue", Http2Client::grpc_fields("Unary", {{"x-break", "a\r\nb"}})},
                      Malformed{"LengthThatIsNotSo", Http2Client::grpc_fields("Unary", {{"content-length", "3"}})},
                      Malformed{"TwoLengths", Http2Client::grpc_fields("Unary", {{"content-length", "10"},
                                                                                 {"content-length", "10"}})}),
    [](const auto& malformed) { return malformed.param.name; });

struct Flood {
  const char* name;
  std::string opening;
  std::string repeated;
};

void PrintTo(const Flood& flood, std::ostream* out) { *out << flood.name; }

class Flooded : public ::testing::TestWithParam<Flood> {};

TEST_P(Flooded, TellsTheClientToCalmDown) {
  RunningServer running([](ServerOptions& options) { options.io_threads = 1; });
  Http2Client client(running.port());
  client.socket().send(GetParam().opening);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += GetParam().repeated;
  std::thread flooding([&] {
    for (int i = 0; i < 100; ++i) {
      if (!client.socket().send(many)) return;
    }
  });
  expect_served(running);
  flooding.join();
  // The code may be lost with the connection, since the client does not listen while it sends.
  EXPECT_EQ(client.goaway_code().value_or(NGHTTP2_ENHANCE_YOUR_CALM), NGHTTP2_ENHANCE_YOUR_CALM);
  client.socket().close();
  EXPECT_TRUE(eventually([&] { return running.server().connections() == 0; }));
  expect_served(running);
}

const std::string kOpen = raw(headers(1, Http2Client::grpc_fields("Unary")));

INSTANTIATE_TEST_SUITE_P(
    All, Flooded,
    ::testing::Values(Flood{"Ping", "", raw({NGHTTP2_PING, 0, 0, "12345678"})},
                      Flood{"PingAck", "", raw({NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "12345678"})},
                      Flood{"Settings", "", raw({NGHTTP2_SETTINGS, 0, 0, ""})},
                      Flood{"EmptyData", kOpen, raw({NGHTTP2_DATA, 0, 1, ""})},
                      Flood{"PaddingAlone", kOpen, raw({NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, std::string(1, '\0')})},
                      Flood{"Priority", "", raw({NGHTTP2_PRIORITY, 0, 3, std::string(5, '\0')})},
                      Flood{"WindowUpdate", kOpen, raw({NGHTTP2_WINDOW_UPDATE, 0, 1, big_endian(1)})},
                      Flood{"Unknown", "", raw({0xEE, 0, 0, ""})},
                      Flood{"Continuation", raw({NGHTTP2_HEADERS, 0, 1, Http2Client::block_of({{":method", "POST"}})}),
                            raw({NGHTTP2_CONTINUATION, 0, 1, ""})},
                      Flood{"ContinuationWithFields",
                            raw({NGHTTP2_HEADERS, 0, 1, Http2Client::block_of({{":method", "POST"}})}),
                            raw({NGHTTP2_CONTINUATION, 0, 1, Http2Client::block_of({{"x", std::string(1000, 'y')}})})}),
    [](const auto& flood) { return flood.param.name; });

// Streams that are opened and reset at once: the handler's work stays bounded, and the client is
// told to go.
TEST(Http2Session, EndsRapidResets) {
  RunningServer running([](ServerOptions& options) {
    options.io_threads = 1;
    options.limits.streams_per_connection = 100;
  });
  Http2Client client(running.port());
  std::thread flooding([&] {
    for (std::int32_t i = 0; i < 50'000; ++i) {
      const std::int32_t id = 2 * i + 1;
      std::string bytes = raw(headers(id, Http2Client::grpc_fields("Late", {{"x-delay-ms", "200"}})));
      bytes += raw({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, kHello});
      bytes += raw({NGHTTP2_RST_STREAM, 0, id, big_endian(NGHTTP2_CANCEL)});
      if (!client.socket().send(bytes)) return;
    }
  });
  expect_served(running);
  flooding.join();
  client.socket().close();
  EXPECT_TRUE(eventually([&] { return running.server().connections() == 0; }));
  EXPECT_LT(running.handler().handled, 3000);
}

// A field of 4000 bytes that takes one byte each time it is sent again: 4 GB in one frame.
std::string indexed_bomb(const Fields& before) {
  std::string block = Http2Client::block_of(before);
  block += "\x40\x01x\x7F\xA1\x1E" + std::string(4000, 'y');  // into the table
  return block + std::string(1'000'000, '\xBE');              // out of it
}

TEST(Http2Session, DoesNotUnpackAHeadThatIsABomb) {
  RunningServer running([](ServerOptions& options) { options.io_threads = 1; });
  Http2Client client(running.port());
  client.settle();
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, indexed_bomb(Http2Client::grpc_fields("Unary"))});
  EXPECT_EQ(client.goaway_code().value_or(NGHTTP2_ENHANCE_YOUR_CALM), NGHTTP2_ENHANCE_YOUR_CALM);
  client.socket().close();
  expect_served(running);
}

TEST(Http2Session, DoesNotUnpackATrailerThatIsABomb) {
  RunningServer running([](ServerOptions& options) { options.io_threads = 1; });
  Http2Client client(running.port());
  client.settle();
  client.send(headers(1, Http2Client::grpc_fields("Unary")));
  client.send({NGHTTP2_DATA, 0, 1, kHello});
  client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, indexed_bomb({})});
  EXPECT_EQ(client.goaway_code().value_or(NGHTTP2_ENHANCE_YOUR_CALM), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(running.handler().handled, 0);
  client.socket().close();
  expect_served(running);
}

TEST(Http2Session, LimitsTheNumberOfFields) {
  RunningServer running([](ServerOptions& options) { options.limits.head_fields = 20; });
  Http2Client client(running.port());
  Fields many = Http2Client::grpc_fields("Unary");
  std::erase_if(many, [](const auto& field) { return field.first == "te"; });
  // Of these, content-type and the host count beside what is added.
  while (std::ranges::count_if(many, [](const auto& field) { return !field.first.starts_with(':'); }) < 19) {
    many.emplace_back("x", "1");
  }
  client.send(headers(1, many));
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, kHello});
  EXPECT_EQ(client.reply(1).message(), "hello");
  many.emplace_back("x", "1");
  client.send(headers(3, many));
  client.send({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 3, kHello});
  const StreamReply refused = client.reply(3);
  EXPECT_EQ(refused.grpc_status(), "8");
  EXPECT_NE(refused.trailer.at("grpc-message").find("more than 20 header fields"), std::string::npos);
  client.call(5, "Unary", "next");
  EXPECT_EQ(client.reply(5).message(), "next");
}

TEST(Http2Session, CountsCallsThatTheHandlerHasNotLetGoOf) {
  RunningServer running([](ServerOptions& options) { options.limits.streams_per_connection = 4; });
  Http2Client client(running.port());
  for (const std::int32_t id : {1, 3, 5, 7}) {
    client.call(id, "Late", "x", {{"x-delay-ms", "500"}});
    client.send({NGHTTP2_RST_STREAM, 0, id, big_endian(NGHTTP2_CANCEL)});
  }
  client.call(9, "Unary", "x");
  EXPECT_EQ(client.reply(9).reset, NGHTTP2_REFUSED_STREAM);
  std::int32_t id = 9;
  EXPECT_TRUE(eventually([&] {
    client.call(id += 2, "Unary", "x");
    return client.reply(id).grpc_status() == "0";
  }));
}

TEST(Http2Session, HoldsTheClientToItsStreams) {
  RunningServer running([](ServerOptions& options) { options.limits.streams_per_connection = 4; });
  Http2Client client(running.port());
  client.step();  // the settings, which it now knows
  for (std::int32_t id = 1; id < 20; id += 2) client.call(id, "Late", "x", {{"x-delay-ms", "100"}});
  // Those it allowed are answered or the connection ends; nothing else happens.
  while (client.step()) continue;
  EXPECT_LE(running.handler().handled, 4);
  expect_served(running);
}

TEST(Http2Session, ResetsAStreamThatIsNotRead) {
  RunningServer running([](ServerOptions& options) {
    options.limits.write_timeout = std::chrono::milliseconds(300);
    options.limits.reply_hold = std::chrono::milliseconds(10);
  });
  Http2Client client(running.port());
  client.gives_back_windows = false;
  client.call(1, "Large", "x", {{"x-size", "1000000"}});
  client.call(3, "Unary", "meanwhile");
  EXPECT_EQ(client.reply(1).reset, NGHTTP2_CANCEL);
}

TEST(Http2Session, FindsOutThatAClientIsSilent) {
  RunningServer running([](ServerOptions& options) {
    options.limits.keepalive_interval = std::chrono::milliseconds(50);
    options.limits.keepalive_timeout = std::chrono::milliseconds(1500);
  });
  Http2Client silent(running.port());
  bool pinged = false;
  while (const auto frame = silent.next_frame()) pinged = pinged || frame->type == NGHTTP2_PING;
  EXPECT_TRUE(pinged);
  EXPECT_TRUE(eventually([&] { return running.server().connections() == 0; }));
}

TEST(Http2Session, KeepsAClientThatAnswersPings) {
  RunningServer running([](ServerOptions& options) {
    options.limits.keepalive_interval = std::chrono::milliseconds(50);
    options.limits.keepalive_timeout = std::chrono::milliseconds(3000);
  });
  Http2Client client(running.port());
  int pings = 0;
  while (pings < 4) {
    const auto frame = client.next_frame();
    ASSERT_TRUE(frame.has_value());
    if (frame->type != NGHTTP2_PING || (frame->flags & NGHTTP2_FLAG_ACK) != 0) continue;
    ++pings;
    client.send({NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, frame->payload});
  }
  client.call(1, "Unary", "alive");
  EXPECT_EQ(client.reply(1).message(), "alive");
}

TEST(Http2Session, ClosesIdleConnections) {
  RunningServer running(
      [](ServerOptions& options) { options.limits.http2_idle_timeout = std::chrono::milliseconds(50); });
  Http2Client client(running.port());
  client.call(1, "Unary", "hello");
  EXPECT_EQ(client.reply(1).message(), "hello");
  EXPECT_EQ(client.goaway_code(), NGHTTP2_NO_ERROR);
  EXPECT_FALSE(client.step());
}

}  // namespace
}  // namespace ovserve::front
