// Which thread takes the long steps of an inference. Threads are told apart by what they can do meanwhile: no
// test looks at a clock.

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/thread_pool.h"
#include "codec/chain_text.h"
#include "image/image_files.h"
#include "serving/service_fixture.h"

namespace ovserve {
namespace {

using testing::bytes_of;
using testing::Message;
using Outcome = std::variant<InferenceReply, Error>;

constexpr std::chrono::seconds kLong{60};

/// An answer, and the thread that gave it.
struct Answer {
  std::string text;  // or "CODE: text"
  bool came_here = false;
};

/// One worker, which can be kept busy.
class WorkersTest : public ::testing::Test {
 protected:
  WorkersTest() : repository_(engine_, loaders_), service_(repository_, "1.2.3", nullptr, {}, &workers_) {
    DesiredState desired;
    for (const char* name : {"one", "large", "image"})
      desired.models.push_back(testing::model_config(name, {{1, name}}));
    repository_.apply(desired, true, false);
  }
  ~WorkersTest() override {
    release();
    EXPECT_TRUE(workers_.finish(kLong));
  }

  /// From now on the worker does nothing, until release().
  void hold() {
    workers_.post([held = held_.get_future().share()] { held.wait(); });
  }
  void release() {
    if (!std::exchange(released_, true)) held_.set_value();
  }

  std::future<Answer> start(InferenceApi api, std::string body, const std::string& model = "",
                            std::stop_token cancelled = {}, std::optional<std::size_t> header_length = {}) {
    InferenceCall call;
    call.api = api;
    const auto kept = std::make_shared<const std::string>(std::move(body));
    call.body = *kept;
    call.owner = kept;
    call.model = model;
    call.cancelled = std::move(cancelled);
    call.header_length = header_length;
    const auto promise = std::make_shared<std::promise<Answer>>();
    service_.start(std::move(call), [promise, caller = std::this_thread::get_id()](const Outcome& outcome) {
      Answer answer;
      answer.came_here = std::this_thread::get_id() == caller;
      if (const auto* error = std::get_if<Error>(&outcome)) {
        answer.text = name_of(error->code()) + (": " + std::string(error->what()));
      } else {
        answer.text = testing::text_of(std::get<InferenceReply>(outcome).body);
      }
      promise->set_value(std::move(answer));
    });
    return promise->get_future();
  }

  static bool is_there(const std::future<Answer>& answer) {
    return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  /// That the worker takes it, and nobody else: what is small is answered here meanwhile.
  void expect_worked_on(const std::function<std::future<Answer>()>& ask, const std::string& expected) {
    hold();
    auto answer = ask();
    EXPECT_FALSE(is_there(answer));
    auto small = start(InferenceApi::kTfsRestPredict, kSmall, "one");
    ASSERT_TRUE(is_there(small));
    EXPECT_TRUE(small.get().came_here);
    EXPECT_FALSE(is_there(answer));
    release();
    ASSERT_EQ(answer.wait_for(kLong), std::future_status::ready);
    const Answer came = answer.get();
    EXPECT_FALSE(came.came_here);
    EXPECT_TRUE(came.text.starts_with(expected)) << came.text.substr(0, 300);
  }

  static constexpr const char* kSmall = R"({"instances": [[7, 8]]})";

  testing::ScriptedEngine engine_;
  testing::FakeLoaders loaders_;
  ModelRepository repository_;
  ThreadPool workers_{1};
  InferenceService service_;
  std::promise<void> held_;
  bool released_ = false;
};

std::string padded(const std::string& json) { return json + std::string(std::size_t{65} << 10U, ' '); }

Message kserve_message(const std::string& model, const std::string& content) {
  const Message tensor = Message().bytes(1, "b").bytes(2, "FP32").bytes(3, "\x01\x02");
  return Message().bytes(1, model).message(5, tensor).bytes(7, content);
}

TEST_F(WorkersTest, ReadsLargeJson) {
  expect_worked_on([&] { return start(InferenceApi::kTfsRestPredict, padded(kSmall), "one"); }, R"({"predictions": [)");
}

TEST_F(WorkersTest, ReadsLargeJsonOfTheOtherApi) {
  const std::string json = R"({"inputs": [{"name": "b", "shape": [1, 2], "datatype": "FP32", "data": [7, 8]}]})";
  expect_worked_on([&] { return start(InferenceApi::kKserveRestInfer, padded(json), "one"); },
                   R"({"model_name":"one")");
}

TEST_F(WorkersTest, ReadsLargeMessages) {
  std::string message = kserve_message("one", bytes_of<float>({7, 8})).wire();
  message += Message().bytes(3, std::string(std::size_t{1} << 20U, 'i')).wire();  // its id
  expect_worked_on([&] { return start(InferenceApi::kKserveInfer, message); }, "\x0a\x03one");
}

TEST_F(WorkersTest, FindsWhatIsWrongWithLargeJson) {
  expect_worked_on([&] { return start(InferenceApi::kTfsRestPredict, padded("{"), "one"); }, "FAILED_PRECONDITION: ");
}

TEST_F(WorkersTest, LeavesSmallRequestsAndBinaryTensorsToTheCaller) {
  hold();
  auto message = start(InferenceApi::kKserveInfer, kserve_message("one", bytes_of<float>({7, 8})).wire());
  ASSERT_TRUE(is_there(message));
  EXPECT_TRUE(message.get().came_here);
  // Only the JSON object counts: here it is the tensor that is large, and wrong.
  const std::string json =
      R"({"inputs": [{"name": "b", "shape": [1, 50000], "datatype": "FP32", "parameters": {"binary_data_size": 200000}}]})";
  auto binary = start(InferenceApi::kKserveRestInfer, json + std::string(200'000, '\0'), "one", {}, json.size());
  ASSERT_TRUE(is_there(binary));
  EXPECT_TRUE(binary.get().text.starts_with("INVALID_ARGUMENT: Invalid input shape"));
}

TEST_F(WorkersTest, DecodesImages) {
  const std::string file = testing::png_file(2, 1, 3);
  const Message tensor =
      Message().bytes(1, "image").bytes(2, "BYTES").bytes(3, "\x01").message(5, Message().bytes(8, file));
  const std::string message = Message().bytes(1, "image").message(5, tensor).wire();
  expect_worked_on([&] { return start(InferenceApi::kKserveInfer, message); }, "\x0a\x05image");
}

TEST_F(WorkersTest, WritesLargeJson) {
  expect_worked_on([&] { return start(InferenceApi::kTfsRestPredict, R"({"inputs": {"b": [[7, 8]]}})", "large"); },
                   R"({"outputs": {)");
}

TEST_F(WorkersTest, LeavesLargeTensorsToTheCallerThatAreSentAsTheyAre) {
  hold();
  auto answer = start(InferenceApi::kKserveInfer, kserve_message("large", bytes_of<float>({7, 8})).wire());
  ASSERT_TRUE(is_there(answer));
  EXPECT_TRUE(answer.get().came_here);
}

TEST_F(WorkersTest, DoNothingForWhatIsCancelled) {
  hold();
  std::stop_source cancelled;
  auto answer = start(InferenceApi::kTfsRestPredict, padded(kSmall), "one", cancelled.get_token());
  cancelled.request_stop();
  release();
  ASSERT_EQ(answer.wait_for(kLong), std::future_status::ready);
  EXPECT_EQ(answer.get().text, "CANCELLED: The request was cancelled");
}

TEST_F(WorkersTest, EndWhatIsUnderWayBeforeTheyEnd) {
  hold();
  auto answer = start(InferenceApi::kTfsRestPredict, padded(kSmall), "one");
  auto finished = std::async(std::launch::async, [&] { return workers_.finish(kLong); });
  release();
  EXPECT_TRUE(finished.get());
  ASSERT_TRUE(is_there(answer));
  EXPECT_TRUE(answer.get().text.starts_with(R"({"predictions": [)"));
  // What comes later is still answered, by whoever asks.
  auto late = start(InferenceApi::kTfsRestPredict, padded(kSmall), "one");
  ASSERT_TRUE(is_there(late));
  EXPECT_TRUE(late.get().came_here);
}

}  // namespace
}  // namespace ovserve
