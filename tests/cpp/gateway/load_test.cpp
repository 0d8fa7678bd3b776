// All kinds of requests at once while models are reloaded, blacklisted and taken out. What is looked for are
// answers that are lost, wrong or mixed up, and the findings of the sanitizers.

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fakes/fake_loader.h"
#include "gateway/gateway_fixture.h"
#include "gateway/running_gateway.h"
#include "http2_client.h"
#include "raw_client.h"
#include "running_server.h"

namespace ovserve {
namespace {

using front::Http2Client;
using front::RawClient;
using front::StreamReply;
using testing::infer_request;
using testing::RunningGateway;

constexpr std::string_view kUnavailable = "14";
constexpr std::string_view kNotFound = "5";
constexpr int kReloads = 60;
constexpr int kAnswersPerState = 40;

/// Models "m", from files and always there; "loaded", through a loader that blacklists it now and then, and
/// reloaded again and again; "late", there in every other configuration.
class GatewayLoadTest : public ::testing::Test {
 protected:
  GatewayLoadTest()
      : repository_(engine_, loaders_, options()), workers_(2), service_(repository_, "1.2.3", nullptr, {}, &workers_) {
    apply(0);
    service_.set_ready(true);
  }
  ~GatewayLoadTest() override {
    EXPECT_TRUE(repository_.stop(std::chrono::minutes(1)));
    EXPECT_TRUE(workers_.finish(std::chrono::minutes(1)));
    EXPECT_EQ(engine_.alive, 0) << "a model was not freed";
  }

  static RepositoryOptions options() {
    RepositoryOptions options;
    options.load_wait = std::chrono::minutes(1);
    options.max_waiting_requests = 1000;
    return options;
  }

  void apply(int turn) {
    DesiredState desired;
    desired.loaders.push_back({"l", "/lib/l.so", "", false, ""});
    desired.models.push_back(testing::model_config("m", {{1, "m/1"}}));
    desired.models.back().options.nireq = static_cast<std::uint32_t>(1 + turn % 2);
    ModelConfig loaded = testing::model_config("loaded", {{1, "loaded/1"}});
    loaded.loader_name = "l";
    loaded.loader_options = loaded.loader_options_key = R"({"turn":)" + std::to_string(turn / 2) + "}";
    desired.models.push_back(std::move(loaded));
    if (turn % 2 == 1) desired.models.push_back(testing::model_config("late", {{1, "late/1"}}));
    repository_.apply(desired, true, true);
  }

  /// Each state lasts until some answers have been given.
  void change_everything(const std::atomic<int>& answered) {
    for (int turn = 1; turn <= kReloads; ++turn) {
      const int before = answered;
      apply(turn);
      loaders_.blacklist("loaded", 1, turn % 3 == 0);
      repository_.check_blacklist(true);
      ASSERT_TRUE(front::eventually([&] { return answered >= before + kAnswersPerState; }));
    }
  }

  testing::FakeEngine engine_;
  testing::FakeLoaders loaders_;
  ModelRepository repository_;
  ThreadPool workers_;
  InferenceService service_;
};

void expect_answer(const StreamReply& reply, const std::string& model) {
  const std::string status = reply.grpc_status();
  if (status == "0") {
    // Those that come from a loader add two.
    EXPECT_TRUE(reply.message().ends_with(testing::numbers_and(model == "loaded" ? 2 : 1)));
  } else {
    EXPECT_NE(model, "m") << "of a model that is always there: " << status;
    EXPECT_TRUE(status == kNotFound || status == kUnavailable) << status;
  }
}

void call_over_grpc(std::uint16_t port, const std::atomic<bool>& ending, std::atomic<int>& answered) {
  static const std::vector<std::string> models = {"m", "loaded", "late"};
  static const std::string path = "/inference.GRPCInferenceService/ModelInfer";
  while (!ending) {
    Http2Client client(port);
    client.settle();
    const front::Fields fields = [] {
      front::Fields made = Http2Client::grpc_fields("");
      for (auto& [name, value] : made) {
        if (name == ":path") value = path;
      }
      return made;
    }();
    constexpr std::int32_t kCalls = 60;
    for (std::int32_t i = 0; i < kCalls; ++i) {
      const std::int32_t id = 2 * i + 1;
      client.send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, Http2Client::block_of(fields)});
      client.send_data(id, Http2Client::grpc_message(infer_request(models[static_cast<std::size_t>(i % 3)])), true);
      if (i % 10 == 9) client.send({NGHTTP2_RST_STREAM, 0, id, front::big_endian(NGHTTP2_CANCEL)});
    }
    for (std::int32_t i = 0; i < kCalls; ++i) {
      if (i % 10 == 9) continue;
      expect_answer(client.reply(2 * i + 1), models[static_cast<std::size_t>(i % 3)]);
      ++answered;
    }
  }
}

// Small bodies are read by the IO thread, large ones by a worker.
void call_over_rest(std::uint16_t port, const std::atomic<bool>& ending, std::atomic<int>& answered) {
  const std::string numbers = R"({"instances": [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]})";
  const std::string large = numbers + std::string(std::size_t{100} << 10U, ' ');
  for (int round = 0; !ending; ++round) {
    RawClient client(port);
    for (int i = 0; i < 20 && !ending; ++i) {
      const std::string& body = i % 4 == 0 ? large : numbers;
      client.send("POST /v1/models/m:predict HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\n\r\n" + body);
      const std::string reply = client.read_reply();
      EXPECT_NE(reply.find("1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0,9.0,10.0"), std::string::npos) << reply;
      client.send("GET /somewhere/" + std::to_string(i) + " HTTP/1.1\r\nHost: test\r\n\r\n");
      EXPECT_TRUE(client.read_reply().ends_with("/somewhere/" + std::to_string(i)));
      ++answered;
    }
    if (round % 2 == 0) client.reset();
  }
}

TEST_F(GatewayLoadTest, AnswersEverythingWhileModelsComeAndGo) {
  RunningGateway running(service_);
  std::atomic<bool> ending{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  clients.reserve(4);
  for (int i = 0; i < 2; ++i) clients.emplace_back([&] { call_over_grpc(running.port(), ending, answered); });
  for (int i = 0; i < 2; ++i) clients.emplace_back([&] { call_over_rest(running.port(), ending, answered); });
  change_everything(answered);
  ending = true;
  for (auto& client : clients) client.join();
  running.stop(std::chrono::minutes(1));
  EXPECT_TRUE(front::eventually([&] { return running.server().memory_used() == 0; }));
}

TEST_F(GatewayLoadTest, StopsAmidCalls) {
  for (int i = 0; i < 5; ++i) {
    RunningGateway running(service_);
    std::atomic<bool> ending{false};
    std::atomic<int> answered{0};
    std::vector<std::thread> clients;
    clients.reserve(3);
    for (int number = 0; number < 3; ++number) {
      clients.emplace_back([&] {
        try {
          while (!ending) {
            RawClient client(running.port());
            client.send("GET /v2/models/m HTTP/1.1\r\nHost: test\r\n\r\n");
            if (!client.read_reply().empty()) ++answered;
          }
        } catch (const std::runtime_error&) {
          return;  // nobody listens any more
        }
      });
    }
    while (answered < 30) std::this_thread::yield();
    running.stop(std::chrono::milliseconds(10 * i));
    ending = true;
    for (auto& client : clients) client.join();
  }
}

}  // namespace
}  // namespace ovserve
