#include "front/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "http2_client.h"
#include "raw_client.h"
#include "running_server.h"

namespace ovserve::front {
namespace {

constexpr std::chrono::seconds kGrace{20};

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

ServerOptions at_port(std::uint16_t port) {
  ServerOptions options;
  options.listen = {{"127.0.0.1", port, {true, true}}};
  return options;
}

TEST(Server, SpeaksEverythingOnOnePort) {
  RunningServer running;
  RawClient http1(running.port());
  http1.send(post("/echo", "one"));
  EXPECT_TRUE(http1.read_reply().ends_with("one"));
  Http2Client http2(running.port());
  http2.call(1, "Unary", "two");
  http2.send(
      {NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 3,
       Http2Client::block_of({{":method", "GET"}, {":scheme", "http"}, {":authority", "test"}, {":path", "/count"}})});
  EXPECT_EQ(http2.reply(1).message(), "two");
  EXPECT_EQ(http2.reply(3).body, "0");
}

TEST(Server, ListensAtSeveralAddresses) {
  RunningServer running([](ServerOptions& options) {
    options.listen = {{"127.0.0.1", 0, {true, false}}, {"localhost", 0, {false, true}}};
  });
  const auto ports = running.server().ports();
  ASSERT_EQ(ports.size(), 2U);
  Http2Client grpc(ports[0]);
  grpc.call(1, "Unary", "grpc");
  EXPECT_EQ(grpc.reply(1).message(), "grpc");
}

TEST(Server, AddressesCanShareAFreePort) {
  RunningServer running(
      [](ServerOptions& options) { options.listen = {{"127.0.0.1", 0}, {"::1", 0, {true, true}, true}}; });
  const auto ports = running.server().ports();
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_EQ(ports[0], ports[1]);
}

TEST(Server, ListensAtBothFamiliesWhereThatIsAskedFor) {
  RunningServer running([](ServerOptions& options) { options.listen = {{"::", 0, {true, true}, false, true}}; });
  RawClient client(running.port());  // of IPv4
  client.send(post("/echo", "one"));
  EXPECT_TRUE(client.read_reply().ends_with("one"));
  RunningServer other([](ServerOptions& options) { options.listen = {{"::"}}; });
  EXPECT_THROW(RawClient{other.port()}, std::runtime_error);
}

TEST(Server, RefusesAPortThatIsTaken) {
  RunningServer running;
  EchoHandler handler;
  try {
    const Server second(at_port(running.port()), handler);
    FAIL() << "the port was given twice";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_NE(std::string(error.what()).find("cannot listen on 127.0.0.1:" + std::to_string(running.port())),
              std::string::npos)
        << error.what();
  }
}

TEST(Server, RefusesAHostThatDoesNotExist) {
  EchoHandler handler;
  ServerOptions options = at_port(0);
  options.listen.front().host = "no-such-host.invalid";
  EXPECT_THROW(Server(options, handler), Error);
  options.listen.front().host = "192.0.2.1";  // an address for documents, which no machine has
  EXPECT_THROW(Server(options, handler), Error);
}

TEST(Server, StartsAgainOnTheSamePortAtOnce) {
  EchoHandler handler;
  std::uint16_t port = 0;
  for (int i = 0; i < 3; ++i) {
    Server server(at_port(port), handler);
    server.start();
    port = server.ports().front();
    Http2Client client(port);
    client.call(1, "Unary", "again");
    EXPECT_EQ(client.reply(1).message(), "again");
    // The server closes first, so that the port has connections that are not forgotten yet.
    server.stop(kGrace);
  }
}

TEST(Server, LimitsConnections) {
  RunningServer running([](ServerOptions& options) { options.limits.connections = 3; });
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(running.port()));
    clients.back()->send(post("/echo", "in"));
    EXPECT_TRUE(clients.back()->read_reply().ends_with("in"));
  }
  RawClient refused(running.port());
  EXPECT_EQ(refused.read_all(), "");
  clients.clear();
  ASSERT_TRUE(eventually([&] { return running.server().connections() == 0; }));
  RawClient client(running.port());
  client.send(post("/echo", "in again"));
  EXPECT_TRUE(client.read_reply().ends_with("in again"));
}

TEST(Server, LimitsTheConnectionsOfEachProtocol) {
  RunningServer running([](ServerOptions& options) {
    options.limits.connections = 2;
    options.listen = {{"127.0.0.1", 0, {true, false}}, {"127.0.0.1", 0, {false, true}}};
  });
  const std::uint16_t http_port = running.server().ports()[1];
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<RawClient>(http_port));
    clients.back()->send(post("/echo", "in"));
    EXPECT_TRUE(clients.back()->read_reply().ends_with("in"));
  }
  RawClient refused(http_port);
  const std::string answer = refused.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with(R"({"error": "2 connections are open, which is the limit; try again later"})"));
  Http2Client client(running.port());
  client.call(1, "Unary", "another port");
  EXPECT_EQ(client.reply(1).message(), "another port");
}

TEST(Server, SpreadsConnectionsOverItsThreads) {
  RunningServer running([](ServerOptions& options) { options.io_threads = 3; });
  std::vector<std::unique_ptr<Http2Client>> clients;
  for (int i = 0; i < 12; ++i) clients.push_back(std::make_unique<Http2Client>(running.port()));
  for (auto& client : clients) {
    client->call(1, "Unary", "x");
    EXPECT_EQ(client->reply(1).message(), "x");
  }
  EXPECT_EQ(running.server().connections(), 12U);
}

TEST(Server, FinishesCallsBeforeItStops) {
  RunningServer running;
  Http2Client grpc(running.port());
  grpc.call(1, "Late", "grpc", {{"x-delay-ms", "300"}});
  RawClient http(running.port());
  http.send(post("/late", "http").insert(sizeof "POST /late HTTP/1.1\r\n" - 1, "X-Delay-Ms: 300\r\n"));
  ASSERT_TRUE(eventually([&] { return running.handler().handled == 2; }));
  std::thread stopping([&] { running.server().stop(kGrace); });
  EXPECT_EQ(grpc.goaway_code(), NGHTTP2_NO_ERROR);
  EXPECT_EQ(grpc.reply(1).message(), "grpc");
  EXPECT_TRUE(http.read_all().ends_with("http"));
  grpc.socket().close();
  http.close();
  stopping.join();
  EXPECT_EQ(running.server().connections(), 0U);
}

TEST(Server, DoesNotWaitForIdleSilentOrHalfOpenClients) {
  RunningServer running;
  RawClient nothing(running.port());
  RawClient half(running.port());
  half.send("PRI * HT");
  RawClient idle(running.port());
  idle.send(post("/echo", "x"));
  EXPECT_TRUE(idle.read_reply().ends_with('x'));
  Http2Client silent(running.port());
  silent.call(1, "Unary", "x");
  EXPECT_EQ(silent.reply(1).message(), "x");
  ASSERT_TRUE(eventually([&] { return running.server().connections() == 4; }));
  const auto begun = std::chrono::steady_clock::now();
  running.server().stop(std::chrono::minutes(5));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes(1));
}

TEST(Server, DoesNotWaitForRequestsThatDoNotGoOn) {
  RunningServer running;
  std::vector<std::unique_ptr<RawClient>> clients;
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Http2Client::bytes_of({NGHTTP2_SETTINGS, 0, 0, ""});
  const std::string head = Http2Client::bytes_of(
      {NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, Http2Client::block_of(Http2Client::grpc_fields("Unary"))});
  for (const std::string& sent :
       {std::string("POST /ec"), post("/echo", "body").substr(0, 56), preface + head.substr(0, head.size() - 3),
        preface + head, preface + head + Http2Client::bytes_of({NGHTTP2_DATA, 0, 1, std::string(3, '\0')})}) {
    clients.push_back(std::make_unique<RawClient>(running.port()));
    clients.back()->send(sent);
  }
  // The one that has reached the handler is answered.
  Http2Client waits(running.port());
  waits.call(1, "Late", "x", {{"x-delay-ms", "2500"}});
  ASSERT_TRUE(eventually([&] { return running.handler().handled == 1; }));
  const auto begun = std::chrono::steady_clock::now();
  std::thread stopping([&] { running.server().stop(std::chrono::minutes(5)); });
  EXPECT_EQ(waits.reply(1).message(), "x");
  waits.socket().close();
  stopping.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes(1));
}

TEST(Server, GivesUpCallsAfterTheGrace) {
  RunningServer running;
  Http2Client client(running.port());
  client.call(1, "Never", "x");
  ASSERT_TRUE(eventually([&] { return running.handler().handled == 1; }));
  running.server().stop(std::chrono::milliseconds(50));
  EXPECT_TRUE(eventually([&] { return running.handler().cancelled == 1; }));
}

// A reply that nobody waits for any more, even no server.
TEST(Server, TakesRepliesAfterItsEnd) {
  class Keeper final : public CallHandler {
   public:
    Admission admit(const CallHead& /*head*/) override { return {}; }
    void handle(Call /*call*/, Responder responder) override {
      kept = std::make_unique<Responder>(std::move(responder));
      has_call = true;
    }
    std::unique_ptr<StreamReceiver> open(Call /*call*/, StreamSender /*sender*/) override { return nullptr; }

    std::unique_ptr<Responder> kept;
    std::atomic<bool> has_call{false};
  };
  Keeper keeper;
  {
    Server server(at_port(0), keeper);
    server.start();
    Http2Client client(server.ports().front());
    client.call(1, "Unary", "x");
    ASSERT_TRUE(eventually([&] { return keeper.has_call.load(); }));
    server.stop(std::chrono::milliseconds(0));
  }
  keeper.kept->reply(GrpcReply{GrpcCode::kOk, "", chain_of(std::string("too late"))});
  keeper.kept.reset();
}

// A handler that lets go of the call without an answer.
TEST(Server, AnswersForAHandlerThatForgets) {
  class Forgetful final : public CallHandler {
   public:
    Admission admit(const CallHead& head) override {
      Admission admission;
      if (head.path.ends_with("Stream")) admission.kind = Admission::Kind::kStream;
      return admission;
    }
    void handle(Call /*call*/, Responder /*responder*/) override {}
    std::unique_ptr<StreamReceiver> open(Call /*call*/, StreamSender /*sender*/) override { return nullptr; }
  };
  Forgetful handler;
  Server server(at_port(0), handler);
  server.start();
  Http2Client grpc(server.ports().front());
  grpc.call(1, "Unary", "x");
  EXPECT_EQ(grpc.reply(1).grpc_status(), "13");
  grpc.call(3, "Stream", "x");
  EXPECT_EQ(grpc.reply(3).grpc_status(), "13");
  RawClient http(server.ports().front());
  http.send(post("/echo", "x"));
  EXPECT_TRUE(http.read_reply().starts_with("HTTP/1.1 500 "));
}

// A reply's owner goes when the bytes are sent; a slow reader keeps it for a while only.
TEST(Server, LetsGoOfRepliesThatASlowClientDoesNotTake) {
  class Lender final : public CallHandler {
   public:
    Admission admit(const CallHead& /*head*/) override { return {}; }
    void handle(Call call, Responder responder) override {
      auto owner = std::make_shared<std::string>(8'000'000, 'l');
      lent = owner;
      ByteChain body;
      body.pieces = {std::string_view(*owner).substr(0, 5'000'000), std::string_view(*owner).substr(5'000'000)};
      body.owner = std::move(owner);
      if (call.head.protocol == Protocol::kGrpc) {
        responder.reply(GrpcReply{GrpcCode::kOk, "", std::move(body)});
      } else {
        responder.reply(HttpReply{200, {}, std::move(body)});
      }
      answered = true;
    }
    std::unique_ptr<StreamReceiver> open(Call /*call*/, StreamSender /*sender*/) override { return nullptr; }

    std::weak_ptr<std::string> lent;  // set before `answered`
    std::atomic<bool> answered{false};
  };
  for (const bool is_http2 : {false, true}) {
    Lender lender;
    ServerOptions options = at_port(0);
    options.limits.reply_hold = std::chrono::milliseconds(100);
    Server server(options, lender);
    server.start();
    std::unique_ptr<Http2Client> grpc;
    std::unique_ptr<RawClient> http;
    if (is_http2) {
      grpc = std::make_unique<Http2Client>(server.ports().front(), "", 4096);
      grpc->call(1, "Unary", "x");
    } else {
      http = std::make_unique<RawClient>(server.ports().front(), 4096);
      http->send(post("/echo", "x"));
    }
    ASSERT_TRUE(eventually([&] { return lender.answered.load(); }));
    EXPECT_TRUE(eventually([&] { return lender.lent.expired(); }));
    EXPECT_GT(server.memory_used(), 0U);
    // And nothing is lost.
    if (is_http2) {
      EXPECT_TRUE(grpc->reply(1).message() == std::string(8'000'000, 'l'));
    } else {
      EXPECT_TRUE(http->read_reply().ends_with("\r\n\r\n" + std::string(8'000'000, 'l')));
    }
    EXPECT_TRUE(eventually([&] { return server.memory_used() == 0; }));
  }
}

}  // namespace
}  // namespace ovserve::front
