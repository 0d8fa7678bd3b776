#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <variant>
#include <vector>

#include "codec/chain_text.h"
#include "fakes/fake_engine.h"
#include "serving/service_fixture.h"

namespace ovserve {
namespace {

using testing::bytes_of;
using testing::kNoSuchModel;
using testing::Message;
using testing::StringSink;
using Outcome = std::variant<InferenceReply, Error>;

/// What became of a call.
class Reply {
 public:
  OnReply on_reply() {
    return
        [promise = promise_](Outcome outcome) { promise->set_value({std::move(outcome), std::this_thread::get_id()}); };
  }

  bool is_there() { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }

  Outcome get() {
    if (future_.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
      return Error(ErrorCode::kInternal, "no reply");
    }
    auto [outcome, thread] = future_.get();
    came_on = thread;
    return std::move(outcome);
  }

  /// The body, or "CODE: text".
  std::string text() {
    const Outcome outcome = get();
    if (const auto* error = std::get_if<Error>(&outcome))
      return name_of(error->code()) + (": " + std::string(error->what()));
    return testing::text_of(std::get<InferenceReply>(outcome).body);
  }

  std::thread::id came_on;

 private:
  using Told = std::pair<Outcome, std::thread::id>;

  std::shared_ptr<std::promise<Told>> promise_ = std::make_shared<std::promise<Told>>();
  std::future<Told> future_ = promise_->get_future();
};

Message tfs_predict(std::string_view model, const std::string& content = bytes_of<float>({7, 8})) {
  const auto size = [](std::uint64_t value) { return Message().varint(1, value); };
  const Message shape = Message().message(2, size(1)).message(2, size(content.size() / sizeof(float)));
  const Message tensor = Message().varint(1, 1).message(2, shape).bytes(4, content);
  return Message().message(1, Message().bytes(1, model)).message(2, Message().bytes(1, "b").message(2, tensor));
}

Message kserve_infer(std::string_view model, const std::string& content = bytes_of<float>({7, 8})) {
  const Message tensor = Message().bytes(1, "b").bytes(2, "FP32").bytes(
      3, std::string{'\x01', static_cast<char>(content.size() / sizeof(float))});
  return Message().bytes(1, model).bytes(3, "id-7").message(5, tensor).bytes(7, content);
}

constexpr const char* kTfsJson = R"({"instances": [[7, 8]]})";
constexpr const char* kKserveJson =
    R"({"id": "7", "inputs": [{"name": "b", "shape": [1, 2], "datatype": "FP32", "data": [7, 8]}]})";

InferenceCall call_of(InferenceApi api, std::string_view body, std::string model = "") {
  InferenceCall call;
  call.api = api;
  call.body = body;
  call.model = std::move(model);
  return call;
}

class PendingInferenceTest : public testing::ServiceTest {
 protected:
  std::string text_of(InferenceApi api, std::string_view body, const std::string& model = "") {
    Reply reply;
    service_.start(call_of(api, body, model), reply.on_reply());
    EXPECT_TRUE(reply.is_there()) << "everything here is there at once";
    std::string text = reply.text();
    EXPECT_EQ(reply.came_on, std::this_thread::get_id());
    return text;
  }
};

TEST_F(PendingInferenceTest, EveryApiAnswersAsItsFunctionDoes) {
  EXPECT_EQ(text_of(InferenceApi::kTfsPredict, tfs_predict("m").wire()),
            call(&InferenceService::tfs_predict, tfs_predict("m")));
  EXPECT_EQ(text_of(InferenceApi::kKserveInfer, kserve_infer("m").wire()),
            call(&InferenceService::kserve_model_infer, kserve_infer("m")));
  EXPECT_EQ(text_of(InferenceApi::kKserveStreamInfer, kserve_infer("m").wire()),
            call(&InferenceService::kserve_model_stream_infer, kserve_infer("m")));
  EXPECT_EQ(text_of(InferenceApi::kTfsRestPredict, kTfsJson, "m"), service_.rest_predict("m", 0, kTfsJson));
  StringSink sink;
  service_.kserve_rest_infer("m", std::nullopt, kKserveJson, std::nullopt, sink);
  EXPECT_EQ(text_of(InferenceApi::kKserveRestInfer, kKserveJson, "m"), sink.written());
}

TEST_F(PendingInferenceTest, ErrorsAreTheSameToo) {
  EXPECT_EQ(text_of(InferenceApi::kTfsPredict, tfs_predict("other").wire()), "NOT_FOUND: " + std::string(kNoSuchModel));
  EXPECT_EQ(text_of(InferenceApi::kKserveInfer, kserve_infer("m", "1234").wire()),
            "INVALID_ARGUMENT: Invalid input shape - Expected: (-1,2); Actual: (1,1); input name: b");
  EXPECT_TRUE(text_of(InferenceApi::kKserveInfer, "\xff").starts_with("INVALID_ARGUMENT: The request is not"));
  EXPECT_EQ(text_of(InferenceApi::kTfsRestPredict, "no json", "m"), "FAILED_PRECONDITION: The file is not valid json");
  EXPECT_EQ(text_of(InferenceApi::kKserveRestInfer, "no json", "other"), "NOT_FOUND: " + std::string(kNoSuchModel));
  EXPECT_EQ(text_of(InferenceApi::kKserveStreamInfer, kserve_infer("other").wire()),
            Message().bytes(1, kNoSuchModel).wire());
}

TEST_F(PendingInferenceTest, TakesBinaryTensorsOverRest) {
  const std::string json = R"({"inputs": [{"name": "b", "shape": [1, 2], "datatype": "FP32"}],
"parameters": {"binary_data_output": true}})";
  const std::string body = json + bytes_of<float>({7, 8});
  InferenceCall call = call_of(InferenceApi::kKserveRestInfer, body, "m");
  call.version = 1;
  call.header_length = json.size();
  Reply reply;
  service_.start(std::move(call), reply.on_reply());
  const Outcome outcome = reply.get();
  const auto& answer = std::get<InferenceReply>(outcome);
  StringSink sink;
  EXPECT_EQ(answer.header_length, service_.kserve_rest_infer("m", 1, body, json.size(), sink));
  EXPECT_EQ(testing::text_of(answer.body), sink.written());
}

TEST_F(PendingInferenceTest, KeepsTheBodyUntilTheReply) {
  auto body = std::make_shared<const std::string>(kserve_infer("m").wire());
  const std::weak_ptr<const std::string> watched = body;
  InferenceCall call = call_of(InferenceApi::kKserveInfer, *body);
  call.owner = std::move(body);
  bool gone = false;
  service_.start(std::move(call), [&](const Outcome&) { gone = watched.expired(); });
  EXPECT_TRUE(gone);
}

class LargeOutputTest : public testing::ServiceTest {
 protected:
  LargeOutputTest() {
    DesiredState desired;
    desired.models.push_back(testing::model_config("large", {{1, "large"}}));
    repository_.apply(desired, true, false);
  }

  ByteChain body(InferenceApi api, std::string_view request, std::optional<std::size_t> header_length = std::nullopt) {
    InferenceCall call = call_of(api, request, "large");
    call.header_length = header_length;
    Reply reply;
    service_.start(std::move(call), reply.on_reply());
    Outcome outcome = reply.get();
    return std::get<InferenceReply>(std::move(outcome)).body;
  }

  int results() { return engine_.made("large").at(0)->results_alive; }
};

TEST_F(LargeOutputTest, LargeOutputsStayWhereTheyLie) {
  const std::string json = R"({"inputs": [{"name": "b", "shape": [1, 2], "datatype": "FP32", "data": [7, 8]}],
"parameters": {"binary_data_output": true}})";
  StringSink rest;
  service_.kserve_rest_infer("large", std::nullopt, json, std::nullopt, rest);
  const std::vector<std::pair<ByteChain, std::string>> replies{
      {body(InferenceApi::kTfsPredict, tfs_predict("large").wire()),
       call(&InferenceService::tfs_predict, tfs_predict("large"))},
      {body(InferenceApi::kKserveInfer, kserve_infer("large").wire()),
       call(&InferenceService::kserve_model_infer, kserve_infer("large"))},
      {body(InferenceApi::kKserveStreamInfer, kserve_infer("large").wire()),
       call(&InferenceService::kserve_model_stream_infer, kserve_infer("large"))},
      {body(InferenceApi::kKserveRestInfer, json), rest.written()}};
  for (const auto& [chain, whole] : replies) {
    EXPECT_EQ(testing::text_of(chain), whole);
    EXPECT_EQ(chain.size(), whole.size());
    EXPECT_EQ(chain.pieces.size(), 3U);  // what stands before the large output, it, and what follows
    EXPECT_EQ(chain.pieces[1].size(), 100'000 * sizeof(float));
  }
  EXPECT_EQ(results(), 4);
}

TEST_F(LargeOutputTest, AReplyHoldsTheResultAndTheModel) {
  ByteChain chain = body(InferenceApi::kKserveInfer, kserve_infer("large").wire());
  EXPECT_EQ(results(), 1);
  repository_.apply({}, false, false);
  EXPECT_EQ(repository_.status("large", 1).versions.at(0).state, VersionState::kUnloading);
  EXPECT_EQ(chain.pieces[1].substr(0, 4), bytes_of<float>({4.0F}));
  chain = {};
  repository_.apply({}, true, false);
  EXPECT_EQ(repository_.status("large", 1).versions.at(0).state, VersionState::kEnd);
}

TEST_F(LargeOutputTest, SmallOutputsAreCopiedSoThatTheResultIsFree) {
  const std::string json = R"({"inputs": [{"name": "b", "shape": [1, 2], "datatype": "FP32", "data": [7, 8]}],
"outputs": [{"name": "q", "parameters": {"binary_data": true}}]})";
  const ByteChain chain = body(InferenceApi::kKserveRestInfer, json);
  EXPECT_EQ(chain.pieces.size(), 1U);
  EXPECT_EQ(results(), 0);
}

/// A service on models that take their time, as far as the test wants.
class SlowServiceTest : public ::testing::Test {
 protected:
  SlowServiceTest() : repository_(engine_, loaders_, patient()), service_(repository_, "1.2.3", metrics_) {
    apply(true);
  }

  void apply(bool wait) {
    DesiredState desired;
    desired.models.push_back(testing::model_config("m", {{1, "m1"}}));
    desired.models.push_back(testing::model_config("n", {{1, "n1"}}));
    if (loads_more_) desired.models.push_back(testing::model_config("late", {{1, "late"}}));
    repository_.apply(desired, wait, false);
  }

  void begin_loading_late() {
    engine_.block("late");
    loads_more_ = true;
    apply(false);
  }

  static RepositoryOptions patient() {
    RepositoryOptions options;
    options.load_wait = std::chrono::seconds(60);
    options.max_waiting_requests = 2;
    return options;
  }

  void start(const Message& request, Reply& reply, std::stop_token cancelled = {}) {
    InferenceCall call;
    call.api = InferenceApi::kKserveInfer;
    const auto body = std::make_shared<const std::string>(request.wire());
    call.body = *body;
    call.owner = body;
    call.cancelled = std::move(cancelled);
    service_.start(std::move(call), reply.on_reply());
  }

  static Message request(std::string_view model) {
    const Message tensor = Message().bytes(1, "b").bytes(2, "FP32").bytes(3, "\x01\x0a");
    return Message().bytes(1, model).bytes(2, "1").message(5, tensor).bytes(
        7, bytes_of<float>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  }
  static bool is_right(const std::string& reply) {
    return reply.ends_with(bytes_of<float>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  }

  std::shared_ptr<Metrics> metrics_ = std::make_shared<Metrics>(std::vector<std::string>{"ovms_requests_success"});
  testing::FakeEngine engine_;
  testing::FakeLoaders loaders_;
  ModelRepository repository_;
  InferenceService service_;
  bool loads_more_ = false;
};

constexpr const char* kCancelled = "CANCELLED: The request was cancelled";

TEST_F(SlowServiceTest, TheReplyComesOnTheDevicesThread) {
  engine_.device.hold(true);
  Reply reply;
  start(request("m"), reply);
  EXPECT_FALSE(reply.is_there());
  engine_.device.hold(false);
  EXPECT_TRUE(is_right(reply.text()));
  EXPECT_NE(reply.came_on, std::this_thread::get_id());
}

TEST_F(SlowServiceTest, ACallWaitsForALoadWithoutItsThread) {
  begin_loading_late();
  Reply first;
  Reply second;
  Reply too_many;
  start(request("late"), first);
  start(request("late"), second);
  EXPECT_FALSE(first.is_there());
  start(request("late"), too_many);
  EXPECT_TRUE(too_many.text().starts_with("UNAVAILABLE: Model with requested version is not loaded yet - too many"));
  Reply other;
  start(request("n"), other);
  EXPECT_TRUE(is_right(other.text())) << "another model must not suffer";
  engine_.unblock("late");
  EXPECT_TRUE(is_right(first.text()));
  EXPECT_TRUE(is_right(second.text()));
}

TEST_F(SlowServiceTest, CallsThatWaitCanBeCancelled) {
  begin_loading_late();
  engine_.device.hold(true);
  std::stop_source given_up;
  Reply for_a_load;
  Reply for_a_request;
  Reply stays;
  start(request("late"), for_a_load, given_up.get_token());
  start(request("m"), for_a_request, given_up.get_token());
  start(request("m"), stays);
  given_up.request_stop();
  EXPECT_TRUE(for_a_load.is_there());
  EXPECT_TRUE(for_a_request.is_there());
  EXPECT_EQ(for_a_load.text(), kCancelled);
  EXPECT_EQ(for_a_request.text(), kCancelled);
  engine_.device.hold(false);
  EXPECT_TRUE(is_right(stays.text()));
  engine_.unblock("late");
}

TEST_F(SlowServiceTest, AStopEndsCallsThatWaitForALoad) {
  begin_loading_late();
  Reply reply;
  start(request("late"), reply);
  auto stopped = std::async(std::launch::async, [&] { return repository_.stop(std::chrono::seconds(60)); });
  EXPECT_EQ(reply.text(), "UNAVAILABLE: The server is stopping");
  engine_.unblock("late");
  EXPECT_TRUE(stopped.get());
}

TEST_F(SlowServiceTest, CallsAreCountedWhenTheyEnd) {
  metrics_->add_model("m");
  metrics_->add_version("m", 1);
  const auto series = metrics_->find_version("m", 1);
  auto& counts = series->requests.at(Method::kModelInfer, Interface::kGrpc);
  engine_.device.hold(true);
  std::stop_source given_up;
  Reply kept;
  Reply cancelled;
  start(request("m"), kept);
  start(request("m"), cancelled, given_up.get_token());
  EXPECT_EQ(series->current_requests.value(), 2);
  EXPECT_EQ(counts.success.value(), 0U);
  given_up.request_stop();
  EXPECT_EQ(counts.fail.value(), 1U);
  engine_.device.hold(false);
  const std::size_t size = kept.text().size();
  EXPECT_EQ(counts.success.value(), 1U);
  EXPECT_EQ(series->current_requests.value(), 0);
  EXPECT_EQ(series->response_bytes[Interface::kGrpc].value(), size);
  EXPECT_EQ(series->request_bytes[Interface::kGrpc].value(), 2 * request("m").wire().size());
}

TEST_F(SlowServiceTest, WhatAReplysTakerThrowsHarmsNobody) {
  const std::string body = request("m").wire();
  std::promise<void> thrown;
  service_.start(call_of(InferenceApi::kKserveInfer, body), [&](const Outcome&) {
    thrown.set_value();
    throw std::runtime_error("not today");
  });
  thrown.get_future().wait();
  Reply reply;
  start(request("m"), reply);
  EXPECT_TRUE(is_right(reply.text()));
}

TEST_F(SlowServiceTest, EveryCallGetsOneReplyWhileModelsComeAndGo) {
  std::atomic<bool> ending{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> clients;
  clients.reserve(3);
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&, i] {
      for (int round = 0; !ending; ++round) {
        std::stop_source given_up;
        Reply reply;
        start(request(round % 2 == 0 ? "m" : "late"), reply, given_up.get_token());
        if (i == 0) given_up.request_stop();
        const std::string text = reply.text();
        const bool may_fail = i == 0 || round % 2 != 0;
        if (!is_right(text) &&
            !(may_fail && (text == kCancelled || text.starts_with("NOT_FOUND") || text.starts_with("UNAVAILABLE"))))
          ++wrong;
      }
    });
  }
  for (int round = 0; round < 50; ++round) {
    loads_more_ = round % 2 == 0;
    apply(true);
  }
  ending = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace ovserve
