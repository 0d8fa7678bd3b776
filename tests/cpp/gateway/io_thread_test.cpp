// The only IO thread of a server goes on with its clients while a worker is at what takes long. The worker
// is held for as long as a test wants, so no clock is looked at.

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>

#include "base/thread_pool.h"
#include "gateway/gateway_fixture.h"
#include "gateway/running_gateway.h"
#include "http2_client.h"

namespace ovserve {
namespace {

using front::Fields;
using front::Http2Client;
using testing::infer_request;
using testing::Message;
using testing::RunningGateway;

constexpr std::chrono::minutes kLong{1};

class IoThreadTest : public ::testing::Test {
 protected:
  IoThreadTest() : repository_(engine_, loaders_), service_(repository_, "1.2.3", nullptr, {}, &workers_) {
    repository_.apply({{}, {testing::model_config("m", {{1, "m1"}})}}, true, false);
    workers_.post([held = held_.get_future().share()] { held.wait(); });
  }
  ~IoThreadTest() override {
    release();
    running_.stop(kLong);
    EXPECT_TRUE(workers_.finish(kLong));
  }

  void release() {
    if (!std::exchange(released_, true)) held_.set_value();
  }

  static void begin(const Http2Client& client, std::int32_t id, Fields fields, bool is_all = false) {
    const Fields common{{":scheme", "http"}, {":authority", "test"}};
    fields.insert(fields.begin(), common.begin(), common.end());
    const int flags = NGHTTP2_FLAG_END_HEADERS | (is_all ? NGHTTP2_FLAG_END_STREAM : 0);
    client.send({NGHTTP2_HEADERS, static_cast<std::uint8_t>(flags), id, Http2Client::block_of(fields)});
  }
  static void ask_for_health(const Http2Client& client, std::int32_t id) {
    begin(client, id, {{":method", "GET"}, {":path", "/v2/health/live"}}, true);
  }
  static void post_large_json(const Http2Client& client, std::int32_t id) {
    begin(client, id, {{":method", "POST"}, {":path", "/v1/models/m:predict"}});
    const std::string json = R"({"instances": [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]})";
    client.send_data(id, json + std::string(std::size_t{100} << 10U, ' '), true);
  }
  static void open_stream(const Http2Client& client, std::int32_t id) {
    begin(client, id,
          {{":method", "POST"},
           {":path", "/inference.GRPCInferenceService/ModelStreamInfer"},
           {"te", "trailers"},
           {"content-type", "application/grpc"}});
  }

  /// Reads on until `id` has ended, and says whether anything came for `other` before.
  static bool other_came_first(Http2Client& client, std::int32_t id, std::int32_t other) {
    bool came = false;
    while (const auto frame = client.next_frame()) {
      came = came || frame->stream == other;
      if (frame->stream == id && (frame->flags & NGHTTP2_FLAG_END_STREAM) != 0) return came;
    }
    ADD_FAILURE() << "the connection has ended";
    return came;
  }

  testing::FakeEngine engine_;
  testing::FakeLoaders loaders_;
  ModelRepository repository_;
  ThreadPool workers_{1};
  InferenceService service_;
  std::promise<void> held_;
  bool released_ = false;
  RunningGateway running_{service_, 1};
};

// A message of the stream whose answer has the same id.
std::string message_with_id(const std::string& id) {
  return Http2Client::grpc_message(infer_request() + Message().bytes(3, id).wire());
}

TEST_F(IoThreadTest, AnswersOthersWhileALargeBodyIsReadElsewhere) {
  Http2Client client(running_.port());
  client.settle();
  post_large_json(client, 1);
  ask_for_health(client, 3);  // behind it on the same connection, so that the body is there by then
  EXPECT_FALSE(other_came_first(client, 3, 1));
  Http2Client other(running_.port());
  ask_for_health(other, 1);
  EXPECT_EQ(other.reply(1).fields.at(":status"), "200");
  release();
  const front::StreamReply reply = client.reply(1);
  EXPECT_EQ(reply.fields.at(":status"), "200");
  EXPECT_NE(reply.body.find("10.0"), std::string::npos) << reply.body;
}

TEST_F(IoThreadTest, KeepsTheOrderOfAStream) {
  Http2Client client(running_.port());
  client.settle();
  open_stream(client, 1);
  const std::string large(std::size_t{1} << 20U, 'l');
  client.send_data(1, message_with_id(large), false);
  client.send_data(1, message_with_id("small") + message_with_id("last"), true);
  ask_for_health(client, 3);
  EXPECT_FALSE(other_came_first(client, 3, 1)) << "a small message was answered before the large one";
  release();
  const front::StreamReply reply = client.reply(1);
  EXPECT_EQ(reply.grpc_status(), "0");
  const auto first = reply.body.find(large);
  const auto second = reply.body.find("small");
  const auto third = reply.body.find("last");
  ASSERT_NE(third, std::string::npos);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST_F(IoThreadTest, BeginsNothingForAStreamThatWasReset) {
  Http2Client client(running_.port());
  client.settle();
  engine_.device.hold(true);
  post_large_json(client, 1);
  client.send({NGHTTP2_RST_STREAM, 0, 1, front::big_endian(NGHTTP2_CANCEL)});
  post_large_json(client, 3);
  ask_for_health(client, 5);
  EXPECT_FALSE(other_came_first(client, 5, 3));
  release();
  // The worker takes them in their order: the second one reaches the device, and the first one never did.
  EXPECT_TRUE(testing::FakeLoop().run_until([this] { return engine_.device.waiting() > 0; }));
  EXPECT_EQ(engine_.device.waiting(), 1U);
  engine_.device.hold(false);
  EXPECT_EQ(client.reply(3).fields.at(":status"), "200");
}

TEST_F(IoThreadTest, AnswersWhatIsWorkedOnBeforeItStops) {
  Http2Client client(running_.port());
  client.settle();
  post_large_json(client, 1);
  ask_for_health(client, 3);
  EXPECT_FALSE(other_came_first(client, 3, 1));
  auto stopped = std::async(std::launch::async, [this] { running_.stop(kLong); });
  EXPECT_EQ(client.goaway_code(), NGHTTP2_NO_ERROR);
  release();
  EXPECT_EQ(client.reply(1).fields.at(":status"), "200");
  client.socket().close();
  stopped.get();
}

}  // namespace
}  // namespace ovserve
