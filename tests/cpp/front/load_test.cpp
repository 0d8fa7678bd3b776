// Many clients at once that do what clients do: call, cancel, leave, reset. What is looked for here
// are the findings of the sanitizers, and answers that are lost or mixed up.

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "http2_client.h"
#include "raw_client.h"
#include "running_server.h"

namespace ovserve::front {
namespace {

constexpr int kRounds = 12;
constexpr std::int32_t kCalls = 40;

using Random = std::mt19937;

int up_to(Random& random, int most) { return std::uniform_int_distribution<int>(0, most)(random); }

std::string text_of(Random& random) {
  const int size = up_to(random, 9) == 0 ? up_to(random, 200'000) : up_to(random, 300);
  return std::string(static_cast<std::size_t>(size), static_cast<char>('a' + up_to(random, 25)));
}

// Opens calls on one connection, cancels some and checks the answers to the others.
void use_http2(std::uint16_t port, Random& random) {
  Http2Client client(port);
  client.settle();
  std::map<std::int32_t, std::string> expected;
  for (std::int32_t i = 0; i < kCalls; ++i) {
    const std::int32_t id = 2 * i + 1;
    const std::string text = text_of(random);
    const int kind = up_to(random, 5);
    const std::string method = kind == 0 ? "Never" : kind == 1 ? "Late" : kind == 2 ? "Stream" : "Unary";
    const Fields more{{"x-delay-ms", std::to_string(up_to(random, 3))}};
    client.send(
        {NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, Http2Client::block_of(Http2Client::grpc_fields(method, more))});
    const bool cancels = kind == 0 || up_to(random, 4) == 0;
    if (!cancels) expected[id] = text;
    client.send_data(id, Http2Client::grpc_message(text), !cancels || up_to(random, 1) == 0);
    if (cancels) client.send({NGHTTP2_RST_STREAM, 0, id, big_endian(NGHTTP2_CANCEL)});
  }
  if (up_to(random, 3) == 0) {
    client.socket().reset();
    return;
  }
  for (const auto& [id, text] : expected) {
    const StreamReply reply = client.reply(id);
    EXPECT_EQ(reply.grpc_status(), "0");
    EXPECT_TRUE(reply.message() == text);
  }
}

void use_http1(std::uint16_t port, Random& random) {
  RawClient client(port);
  for (std::int32_t i = 0; i < kCalls; ++i) {
    const std::string text = text_of(random);
    const bool late = up_to(random, 3) == 0;
    client.send("POST " + std::string(late ? "/late" : "/echo") +
                " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);
    if (up_to(random, 30) == 0) {
      client.reset();
      return;
    }
    EXPECT_TRUE(client.read_reply().ends_with("\r\n\r\n" + text));
  }
  if (up_to(random, 1) == 0) client.send("POST /never HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
}

void use(std::uint16_t port, unsigned int seed) {
  Random random(seed);
  for (int i = 0; i < kRounds; ++i) {
    if (up_to(random, 2) == 0) {
      use_http1(port, random);
    } else {
      use_http2(port, random);
    }
  }
}

TEST(Load, LosesAndMixesUpNothing) {
  RunningServer running([](ServerOptions& options) { options.io_threads = 2; });
  std::vector<std::thread> clients;
  for (unsigned int seed = 0; seed < 6; ++seed) clients.emplace_back([&, seed] { use(running.port(), seed); });
  for (auto& client : clients) client.join();
  EXPECT_TRUE(eventually([&] { return running.server().connections() == 0; }));
  EXPECT_TRUE(eventually([&] { return running.server().memory_used() == 0; }));
}

TEST(Load, StopsAmidCalls) {
  for (int i = 0; i < 10; ++i) {
    RunningServer running([](ServerOptions& options) { options.io_threads = 2; });
    std::atomic<bool> ended{false};
    std::vector<std::thread> clients;
    for (unsigned int seed = 0; seed < 4; ++seed) {
      clients.emplace_back([&] {
        std::int32_t id = 1;
        try {
          while (!ended) {
            Http2Client client(running.port());
            for (id = 1; id < 200 && client.call(id, id % 3 == 0 ? "Late" : "Unary", "x"); id += 2) {
              if (client.reply(id).grpc_status().empty()) break;
            }
          }
        } catch (const std::runtime_error&) {
          return;  // nobody listens any more
        }
      });
    }
    ASSERT_TRUE(eventually([&] { return running.handler().handled > 50; }));
    running.server().stop(std::chrono::milliseconds(i * 5));
    ended = true;
    for (auto& client : clients) client.join();
  }
}

}  // namespace
}  // namespace ovserve::front
