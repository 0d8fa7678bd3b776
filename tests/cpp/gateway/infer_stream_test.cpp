#include "gateway/infer_stream.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/gateway_fixture.h"
#include "gateway/replies.h"

namespace ovserve {
namespace {

using testing::body_of;
using testing::FakeConnection;
using testing::infer_request;
using testing::is_right;
using testing::Message;

class InferStreamTest : public testing::GatewayFixture {
 protected:
  std::shared_ptr<InferStream> open() {
    front::Call call{
        testing::grpc_head("/inference.GRPCInferenceService/ModelStreamInfer"), {}, connection_.cancelled()};
    return std::make_shared<InferStream>(service_, passed_, std::move(call), connection_.sender());
  }

  std::unique_ptr<PassedCall> passed() { return passed_.passage.next(std::chrono::milliseconds(0)); }

  FakeConnection connection_{loop_};
  PassedCalls passed_;
};

TEST_F(InferStreamTest, AwaitsTheAnswersOfOthersInTheirTurn) {
  passed_.models.set(false, {"theirs"});
  const auto stream = open();
  stream->infer(body_of(infer_request("theirs")));
  const auto taken = passed();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->call.head.path, "/inference.GRPCInferenceService/ModelStreamInfer");
  EXPECT_EQ(taken->call.body.view(), infer_request("theirs"));
  EXPECT_EQ(connection_.asked_for, 0);
  taken->reply(front::GrpcReply{front::GrpcCode::kOk, {}, to_chain("answer")});
  EXPECT_EQ(connection_.messages, std::vector<std::string>{"answer"});
  EXPECT_EQ(connection_.asked_for, 1);
  stream->infer(body_of(infer_request()));
  EXPECT_EQ(passed(), nullptr);
  ASSERT_TRUE(loop_.run_until([&] { return connection_.asked_for == 2; }));
  EXPECT_TRUE(is_right(connection_.messages.back()));
}

TEST_F(InferStreamTest, EndsWhenOthersRefuseOrForgetAMessage) {
  passed_.models.set(false, {"theirs"});
  const auto stream = open();
  stream->infer(body_of(infer_request("theirs")));
  EXPECT_NE(passed(), nullptr);
  ASSERT_TRUE(connection_.reply.has_value());
  EXPECT_EQ(connection_.grpc().code, front::GrpcCode::kInternal);
}

TEST_F(InferStreamTest, AnswersEachMessageAndAsksForTheNext) {
  const auto stream = open();
  for (std::size_t i = 1; i <= 3; ++i) {
    stream->infer(body_of(infer_request()));
    ASSERT_TRUE(loop_.run_until([&] { return connection_.asked_for == static_cast<int>(i); }));
    ASSERT_EQ(connection_.messages.size(), i);
    EXPECT_TRUE(is_right(connection_.messages.back()));
  }
  EXPECT_FALSE(connection_.reply.has_value());
}

TEST_F(InferStreamTest, GoesOnAfterAMessageThatIsWrong) {
  const auto stream = open();
  stream->infer(body_of(infer_request("nobody")));
  ASSERT_TRUE(loop_.run_until([&] { return connection_.asked_for == 1; }));
  EXPECT_EQ(connection_.messages.back(), Message().bytes(1, testing::kNoSuchModel).wire());
  stream->infer(body_of("\xff"));
  ASSERT_TRUE(loop_.run_until([&] { return connection_.asked_for == 2; }));
  stream->infer(body_of(infer_request()));
  ASSERT_TRUE(loop_.run_until([&] { return connection_.asked_for == 3; }));
  EXPECT_TRUE(is_right(connection_.messages.back()));
}

TEST_F(InferStreamTest, EndsAfterTheLastAnswerWhenTheClientHasNoMore) {
  const auto stream = open();
  engine_.device.hold(true);
  stream->infer(body_of(infer_request()));
  stream->half_close();
  EXPECT_FALSE(connection_.reply.has_value());
  engine_.device.hold(false);
  ASSERT_TRUE(connection_.await_reply());
  EXPECT_EQ(connection_.grpc().code, front::GrpcCode::kOk);
  ASSERT_EQ(connection_.messages.size(), 1U);
  EXPECT_TRUE(is_right(connection_.messages.front()));
  EXPECT_EQ(connection_.asked_for, 0);
}

TEST_F(InferStreamTest, EndsAtOnceWithoutMessages) {
  open()->half_close();
  EXPECT_EQ(connection_.grpc().code, front::GrpcCode::kOk);
}

TEST_F(InferStreamTest, AnswersTheMessageUnderWayWhenTheServerStops) {
  const auto stream = open();
  engine_.device.hold(true);
  stream->infer(body_of(infer_request()));
  stream->close();
  EXPECT_FALSE(connection_.reply.has_value());
  engine_.device.hold(false);
  ASSERT_TRUE(connection_.await_reply());
  EXPECT_TRUE(is_right(connection_.messages.front()));
  EXPECT_EQ(connection_.grpc().code, front::GrpcCode::kUnavailable);
}

TEST_F(InferStreamTest, EndsAtOnceWhenTheServerStopsAndNothingIsUnderWay) {
  open()->close();
  EXPECT_EQ(connection_.grpc().code, front::GrpcCode::kUnavailable);
  EXPECT_EQ(connection_.grpc().message, "the server is stopping");
}

TEST_F(InferStreamTest, GivesUpWhatAClientThatHasGoneAskedFor) {
  auto stream = open();
  const std::weak_ptr<InferStream> watched = stream;
  engine_.device.hold(true);
  stream->infer(body_of(infer_request()));
  stream.reset();
  connection_.leave();
  EXPECT_TRUE(watched.expired()) << "the inference still holds the stream";
  engine_.device.hold(false);
  EXPECT_TRUE(connection_.messages.empty());
}

}  // namespace
}  // namespace ovserve
