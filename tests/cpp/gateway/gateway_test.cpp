#include "gateway/gateway.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "gateway/gateway_fixture.h"
#include "gateway/replies.h"

namespace ovserve {
namespace {

using front::Admission;
using front::GrpcCode;
using front::GrpcReply;
using front::Protocol;
using testing::body_of;
using testing::FakeConnection;
using testing::grpc_head;
using testing::Headers;
using testing::http_head;
using testing::infer_request;
using testing::is_right;
using testing::numbers_and;

const std::string kInfer = "/inference.GRPCInferenceService/ModelInfer";
const std::string kStreamInfer = "/inference.GRPCInferenceService/ModelStreamInfer";
const std::string kWatch = "/grpc.health.v1.Health/Watch";
const std::string kNumbers = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";

class GatewayTest : public testing::GatewayFixture {
 protected:
  void handle(FakeConnection& connection, front::CallHead head, std::string_view body) {
    const Protocol protocol = head.protocol;
    gateway_.handle({std::move(head), body_of(body), connection.cancelled()}, connection.responder(protocol));
  }

  /// A call that is answered, at once or by the device.
  std::unique_ptr<FakeConnection> call(const std::string& path, std::string_view body = "") {
    auto connection = std::make_unique<FakeConnection>(loop_);
    handle(*connection, grpc_head(path), body);
    EXPECT_TRUE(connection->await_reply());
    return connection;
  }
  std::unique_ptr<FakeConnection> ask(const std::string& method, const std::string& path, std::string_view body = "",
                                      const Headers& headers = {}) {
    auto connection = std::make_unique<FakeConnection>(loop_);
    handle(*connection, http_head(method, path, headers), body);
    EXPECT_TRUE(connection->await_reply());
    return connection;
  }

  std::unique_ptr<front::StreamReceiver> open(const FakeConnection& connection, const std::string& path) {
    return gateway_.open({grpc_head(path), {}, connection.cancelled()}, connection.sender());
  }

  std::unique_ptr<PassedCall> passed() { return gateway_.passage().next(std::chrono::milliseconds(0)); }

  Gateway gateway_{service_};
};

TEST_F(GatewayTest, AdmitsWhatItKnows) {
  EXPECT_EQ(gateway_.admit(grpc_head(kInfer)).kind, Admission::Kind::kUnary);
  EXPECT_EQ(gateway_.admit(grpc_head(kStreamInfer)).kind, Admission::Kind::kStream);
  EXPECT_EQ(gateway_.admit(grpc_head(kWatch)).kind, Admission::Kind::kStream);
  EXPECT_EQ(gateway_.admit(http_head("BREW", "/nothing")).kind, Admission::Kind::kUnary);
}

TEST_F(GatewayTest, RefusesMethodsThatItDoesNotKnow) {
  const Admission unknown = gateway_.admit(grpc_head("/other.Service/Method"));
  ASSERT_EQ(unknown.kind, Admission::Kind::kRefuse);
  EXPECT_EQ(std::get<GrpcReply>(unknown.refusal).code, GrpcCode::kUnimplemented);
  EXPECT_EQ(std::get<GrpcReply>(unknown.refusal).message, "Method not found!");
  const Admission not_offered = gateway_.admit(grpc_head("/tensorflow.serving.PredictionService/Classify"));
  ASSERT_EQ(not_offered.kind, Admission::Kind::kRefuse);
  EXPECT_EQ(std::get<GrpcReply>(not_offered.refusal).code, GrpcCode::kUnimplemented);
}

TEST_F(GatewayTest, AnswersInferencesOverGrpc) {
  const auto right = call(kInfer, infer_request());
  EXPECT_EQ(right->grpc().code, GrpcCode::kOk);
  EXPECT_TRUE(is_right(right->body()));
  const auto wrong = call(kInfer, infer_request("nobody"));
  EXPECT_EQ(wrong->grpc().code, GrpcCode::kNotFound);
  EXPECT_EQ(wrong->grpc().message, testing::kNoSuchModel);
}

TEST_F(GatewayTest, AnswersTheRestOfGrpc) {
  EXPECT_EQ(call("/inference.GRPCInferenceService/ServerLive")->body(), "\x08\x01");
  EXPECT_EQ(call("/tensorflow.serving.ModelService/HandleReloadConfigRequest", "any")->grpc().code, GrpcCode::kOk);
  const auto unknown = call("/grpc.health.v1.Health/Check", testing::Message().bytes(1, "x").wire());
  EXPECT_EQ(unknown->grpc().code, GrpcCode::kNotFound);
  EXPECT_EQ(call("/grpc.health.v1.Health/Check", "\xff")->grpc().code, GrpcCode::kInvalidArgument);
}

TEST_F(GatewayTest, AnswersInferencesOverRest) {
  const auto tfs = ask("POST", "/v1/models/m:predict", R"({"instances": [)" + kNumbers + "]}");
  EXPECT_EQ(tfs->http().status, 200);
  EXPECT_EQ(tfs->http_header("content-type"), "application/json");
  EXPECT_NE(tfs->body().find("[1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0,9.0,10.0]"), std::string::npos) << tfs->body();
  const std::string inputs = R"({"inputs": [{"name": "b", "shape": [1, 10], "datatype": "FP32", "data": )" + kNumbers;
  const auto kserve = ask("POST", "/v2/models/m/versions/1/infer?x=1", inputs + "}]}");
  EXPECT_EQ(kserve->http().status, 200);
  EXPECT_EQ(kserve->http_header("inference-header-content-length"), "");
  const auto wrong = ask("POST", "/v2/models/m/versions/2/infer", inputs + "}]}");
  EXPECT_EQ(wrong->http().status, 404);
  EXPECT_EQ(wrong->body(), R"({"error": "Model with requested version is not found"})");
  EXPECT_EQ(ask("POST", "/v1/models/m:predict", "{")->http().status, 412);
}

TEST_F(GatewayTest, TakesAndGivesBinaryTensorsOverRest) {
  const std::string json =
      R"({"inputs": [{"name": "b", "shape": [1, 10], "datatype": "FP32", "parameters": {"binary_data_size": 40}}],)"
      R"( "parameters": {"binary_data_output": true}})";
  const auto answer = ask("POST", "/v2/models/m/infer", json + numbers_and(0),
                          {{"inference-header-content-length", std::to_string(json.size())}});
  ASSERT_EQ(answer->http().status, 200) << answer->body();
  EXPECT_EQ(answer->http_header("content-type"), "application/octet-stream");
  EXPECT_EQ(answer->http_header("inference-header-content-length"), std::to_string(answer->body().size() - 40));
  EXPECT_TRUE(is_right(answer->body()));
}

TEST_F(GatewayTest, PassesWhatSomebodyElseServes) {
  const auto is_passed = [this](const std::string& method, const std::string& path) {
    FakeConnection connection(loop_);
    handle(connection, http_head(method, path), "{}");
    return passed() != nullptr;
  };
  EXPECT_FALSE(is_passed("GET", "/v2/models/other/ready"));
  gateway_.passed_models().set(false, {"other"});
  EXPECT_TRUE(is_passed("GET", "/v2/models/other/ready"));
  EXPECT_TRUE(is_passed("POST", "/v2/models/other/infer"));
  EXPECT_TRUE(is_passed("GET", "/v1/models/other/versions/1"));
  EXPECT_TRUE(is_passed("POST", "/v1/models/other:predict"));
  EXPECT_FALSE(is_passed("GET", "/v2/models/m/ready"));
  gateway_.passed_models().set(true, {});
  EXPECT_TRUE(is_passed("GET", "/v2/models/m/ready"));
  EXPECT_FALSE(is_passed("GET", "/v2/health/live"));
  gateway_.passed_models().set(false, {});
  EXPECT_FALSE(is_passed("GET", "/v2/models/other/ready"));
}

TEST_F(GatewayTest, PassesOnCallsAboutServices) {
  const std::string about_a_service = testing::Message().bytes(1, "other").wire();
  const std::string ready = "/inference.GRPCInferenceService/ModelReady";
  EXPECT_EQ(call(ready, about_a_service)->grpc().code, GrpcCode::kNotFound);
  gateway_.passed_models().set(false, {"other"});
  for (const char* method : {"ModelReady", "ModelMetadata", "ModelInfer"}) {
    FakeConnection connection(loop_);
    handle(connection, grpc_head(std::string("/inference.GRPCInferenceService/") + method), about_a_service);
    const auto taken = passed();
    ASSERT_NE(taken, nullptr) << method;
    EXPECT_EQ(taken->call.body.view(), about_a_service);
    taken->reply(GrpcReply{GrpcCode::kOk, {}, to_chain("yes")});
    ASSERT_TRUE(connection.await_reply());
    EXPECT_EQ(connection.body(), "yes");
  }
  EXPECT_EQ(call(ready, testing::Message().bytes(1, "m").wire())->grpc().code, GrpcCode::kOk);
  EXPECT_EQ(call(ready, "\xff")->grpc().code, GrpcCode::kInvalidArgument);
  EXPECT_EQ(call("/inference.GRPCInferenceService/ServerLive", "")->grpc().code, GrpcCode::kOk);
  FakeConnection pinging(loop_);
  const std::string ping = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Ping";
  EXPECT_EQ(gateway_.admit(grpc_head(ping)).kind, Admission::Kind::kUnary);
  handle(pinging, grpc_head(ping), "");
  EXPECT_NE(passed(), nullptr);
  EXPECT_EQ(pinging.grpc().code, GrpcCode::kInternal);  // nobody has answered
}

TEST_F(GatewayTest, PassesOnCallsThatAreAnsweredInManyMessages) {
  const std::string path = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions";
  EXPECT_EQ(gateway_.admit(grpc_head(path)).kind, Admission::Kind::kStream);
  FakeConnection connection(loop_);
  const auto receiver = open(connection, path);
  EXPECT_EQ(passed(), nullptr);
  receiver->on_message(body_of("x"));
  receiver->on_message(body_of("one too many"));
  receiver->on_half_close();
  const auto taken = passed();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->call.head.path, path);
  EXPECT_EQ(taken->call.body.view(), "x");
  EXPECT_EQ(passed(), nullptr);
  taken->send(to_chain("a"));
  taken->send(to_chain("b"));
  taken->reply(GrpcReply{GrpcCode::kAborted, "no more", {}});
  ASSERT_TRUE(connection.await_reply());
  EXPECT_EQ(connection.messages, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(connection.grpc().code, GrpcCode::kAborted);
  EXPECT_EQ(connection.grpc().message, "no more");

  FakeConnection silent(loop_);
  open(silent, path)->on_half_close();
  ASSERT_TRUE(silent.await_reply());
  EXPECT_EQ(silent.grpc().code, GrpcCode::kUnimplemented);
}

TEST_F(GatewayTest, AnswersHealthStatusAndMetadata) {
  EXPECT_EQ(ask("GET", "/v2/health/live")->http().status, 200);
  EXPECT_EQ(ask("GET", "/v2/health/ready")->http().status, 503);
  service_.set_ready(true);
  EXPECT_EQ(ask("GET", "/v2/health/ready")->http().status, 200);
  EXPECT_EQ(ask("GET", "/v2/models/m/ready")->http().status, 200);
  EXPECT_EQ(ask("GET", "/v2/models/m/versions/2/ready")->http().status, 404);
  EXPECT_EQ(ask("GET", "/v2/models/nobody/ready")->http().status, 404);
  EXPECT_NE(ask("GET", "/v2/models/m")->body().find(R"("name":"b")"), std::string::npos);
  EXPECT_NE(ask("GET", "/v1/models/m/metadata")->body().find("signature_def"), std::string::npos);
  EXPECT_NE(ask("GET", "/v1/models/m")->body().find("AVAILABLE"), std::string::npos);
  EXPECT_EQ(ask("GET", "/v1/models/nobody")->http().status, 404);
}

struct ForOthers {
  const char* name;
  const char* method;
  const char* path;
  Headers headers;
};

TEST_F(GatewayTest, PassesOnWhatOthersAnswer) {
  const ForOthers all[] = {
      {"an unknown path", "GET", "/nothing", {}},
      {"another method", "DELETE", "/v1/models/m", {}},
      {"the configuration", "POST", "/v1/config/reload", {}},
      {"a page's request", "GET", "/v2/health/live", {{"origin", "https://page.example"}}},
      {"a length that is none", "POST", "/v2/models/m/infer", {{"inference-header-content-length", "x"}}},
      {"a negative length", "POST", "/v2/models/m/infer", {{"inference-header-content-length", "-1"}}},
      {"an empty length", "POST", "/v2/models/m/infer", {{"inference-header-content-length", ""}}},
      {"two lengths",
       "POST",
       "/v2/models/m/infer",
       {{"inference-header-content-length", "1"}, {"inference-header-content-length", "1"}}},
  };
  for (const ForOthers& one : all) {
    FakeConnection connection(loop_);
    handle(connection, http_head(one.method, one.path, one.headers), "the body");
    EXPECT_FALSE(connection.reply.has_value()) << one.name;
    const auto call = passed();
    ASSERT_NE(call, nullptr) << one.name;
    EXPECT_EQ(call->call.head.path, one.path);
    EXPECT_EQ(call->call.body.view(), "the body");
    call->reply(front::HttpReply{418, {}, {}});
    EXPECT_EQ(connection.http().status, 418);
  }
}

TEST_F(GatewayTest, CancelsWhatNobodyWaitsFor) {
  engine_.device.hold(true);
  auto connection = std::make_unique<FakeConnection>(loop_);
  handle(*connection, grpc_head(kInfer), infer_request());
  ASSERT_EQ(engine_.device.waiting(), 1U);
  connection->leave();
  engine_.device.hold(false);
  // It was not run: its place in the queue is the last thing that there is of it.
  EXPECT_TRUE(loop_.run_until([&] { return engine_.device.waiting() == 0; }));
  EXPECT_FALSE(connection->reply.has_value());
}

TEST_F(GatewayTest, AnswersStreams) {
  FakeConnection connection(loop_);
  const auto receiver = open(connection, kStreamInfer);
  receiver->on_message(body_of(infer_request()));
  ASSERT_TRUE(connection.await_messages(1));
  EXPECT_TRUE(is_right(connection.messages.front()));
  receiver->on_half_close();
  ASSERT_TRUE(connection.await_reply());
  EXPECT_EQ(connection.grpc().code, GrpcCode::kOk);
}

TEST_F(GatewayTest, TellsWatchersWhatHasChanged) {
  FakeConnection connection(loop_);
  const auto receiver = open(connection, kWatch);
  receiver->on_message(body_of(""));
  receiver->on_half_close();
  service_.set_ready(true);
  gateway_.announce_state();
  EXPECT_EQ(connection.messages, (std::vector<std::string>{"\x08\x02", "\x08\x01"}));
  EXPECT_FALSE(connection.reply.has_value());
}

TEST_F(GatewayTest, LimitsWatchers) {
  std::deque<FakeConnection> connections;
  std::deque<std::unique_ptr<front::StreamReceiver>> receivers;
  for (std::size_t i = 0; i < Gateway::kMostWatchers; ++i) {
    receivers.push_back(open(connections.emplace_back(loop_), kWatch));
    ASSERT_FALSE(connections.back().reply.has_value()) << i;
  }
  FakeConnection late(loop_);
  const auto refused = open(late, kWatch);
  EXPECT_EQ(late.grpc().code, GrpcCode::kResourceExhausted);
  EXPECT_EQ(late.grpc().message, "512 health watchers are connected, which is the limit; use Check");
  receivers.pop_front();
  FakeConnection later(loop_);
  const auto taken = open(later, kWatch);
  taken->on_message(body_of(""));
  EXPECT_EQ(later.messages.size(), 1U);
}

TEST_F(GatewayTest, EndsAllStreamsAtAStop) {
  FakeConnection watching(loop_);
  FakeConnection inferring(loop_);
  FakeConnection late_watching(loop_);
  FakeConnection late_inferring(loop_);
  const auto watcher = open(watching, kWatch);
  watcher->on_message(body_of(""));
  const auto stream = open(inferring, kStreamInfer);
  gateway_.close_streams();
  EXPECT_EQ(watching.grpc().code, GrpcCode::kOk);
  EXPECT_EQ(inferring.grpc().code, GrpcCode::kUnavailable);
  // Nor does one that comes later delay it.
  const auto late_watcher = open(late_watching, kWatch);
  const auto late_stream = open(late_inferring, kStreamInfer);
  EXPECT_EQ(late_watching.grpc().code, GrpcCode::kOk);
  EXPECT_EQ(late_inferring.grpc().code, GrpcCode::kUnavailable);
}

}  // namespace
}  // namespace ovserve
