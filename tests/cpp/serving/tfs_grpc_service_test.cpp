#include "serving/service_fixture.h"

namespace ovserve {
namespace {

using testing::bytes_of;
using testing::kNoSuchModel;
using testing::kNoSuchVersion;
using testing::Message;

class TfsGrpcServiceTest : public testing::ServiceTest {};

Message spec(std::string_view name, std::uint64_t version = 0) {
  return Message().bytes(1, name).message(2, Message().varint(1, version));
}

Message shape(std::initializer_list<std::uint64_t> sizes) {
  Message proto;
  for (const std::uint64_t size : sizes) proto.message(2, Message().varint(1, size));
  return proto;
}

Message input(std::string_view name, const std::string& content = bytes_of<float>({7, 8})) {
  const Message tensor = Message().varint(1, 1).message(2, shape({1, 2})).bytes(4, content);
  return Message().bytes(1, name).message(2, tensor);
}

Message predict(std::string_view model, std::uint64_t version = 0) {
  return Message().message(1, spec(model, version)).message(2, input("b"));
}

TEST_F(TfsGrpcServiceTest, PredictAnswersWithTheOutputsOfTheDefaultVersion) {
  const Message tensor = Message().varint(1, 1).message(2, shape({1, 2})).bytes(4, bytes_of<float>({1.5F, 2.0F}));
  EXPECT_EQ(call(&InferenceService::tfs_predict, predict("m")),
            Message().message(1, Message().bytes(1, "a").message(2, tensor)).message(2, spec("m", 3)).wire());
}

TEST_F(TfsGrpcServiceTest, PredictHandsTheRequestsBytesToTheModel) {
  const Message request =
      Message().message(1, spec("two")).message(2, input("y", "yyyyYYYY")).message(2, input("x", "xxxxXXXX"));
  DesiredState only_two;
  only_two.models.push_back(testing::model_config("two", {{1, "two"}}));
  repository_.apply(only_two, true, true);
  call(&InferenceService::tfs_predict, request);
  const ModelLease lease = repository_.acquire("two", std::nullopt);
  EXPECT_EQ(static_cast<testing::ScriptedModel&>(*lease.model).seen,
            (std::vector<std::string>{"xxxxXXXX", "yyyyYYYY"}));
}

TEST_F(TfsGrpcServiceTest, PredictTakesExplicitVersions) {
  const std::string reply = call(&InferenceService::tfs_predict, predict("m", 1));
  EXPECT_TRUE(reply.ends_with(Message().message(2, spec("m", 1)).wire()));
}

TEST_F(TfsGrpcServiceTest, PredictRefusesUnknownModelsAndVersions) {
  const auto f = &InferenceService::tfs_predict;
  EXPECT_EQ(refusal(ErrorCode::kNotFound, f, predict("other")), kNoSuchModel);
  EXPECT_EQ(refusal(ErrorCode::kNotFound, f, Message()), kNoSuchModel);
  EXPECT_EQ(refusal(ErrorCode::kNotFound, f, predict("m", 9)), kNoSuchVersion);
  EXPECT_EQ(refusal(ErrorCode::kNotFound, f, predict("m", ~std::uint64_t{0})), kNoSuchVersion);
  EXPECT_EQ(refusal(ErrorCode::kNotFound, f, predict("broken")), kNoSuchVersion);
}

TEST_F(TfsGrpcServiceTest, PredictChecksTheInputs) {
  EXPECT_EQ(refusal(ErrorCode::kInvalidArgument, &InferenceService::tfs_predict, Message().message(1, spec("m"))),
            "Invalid number of inputs - Expected: 1; Actual: 0");
  const Message wrong_name = Message().message(1, spec("m")).message(2, input("x"));
  EXPECT_EQ(refusal(ErrorCode::kInvalidArgument, &InferenceService::tfs_predict, wrong_name),
            "Missing input with specific name - Required input: b");
}

TEST_F(TfsGrpcServiceTest, MetadataNeedsTheOneField) {
  const auto f = &InferenceService::tfs_get_model_metadata;
  const auto request = [] { return Message().message(1, spec("m")); };
  for (const Message& wrong :
       {request(), request().bytes(2, "other"), request().bytes(2, "signature_def").bytes(2, "signature_def")}) {
    EXPECT_EQ(refusal(ErrorCode::kInvalidArgument, f, wrong), "Invalid signature name");
  }
  const std::string reply = call(f, request().bytes(2, "signature_def"));
  EXPECT_TRUE(reply.starts_with(Message().message(1, spec("m", 3)).wire()));
  EXPECT_NE(reply.find("serving_default"), std::string::npos);
}

TEST_F(TfsGrpcServiceTest, MetadataDoesNotWaitForAVersionThatFails) {
  const Message request = Message().message(1, spec("m", 4)).bytes(2, "signature_def");
  const std::string text = refusal(ErrorCode::kUnavailable, &InferenceService::tfs_get_model_metadata, request);
  EXPECT_TRUE(text.starts_with("Model with requested version is not loaded yet")) << text;
}

TEST_F(TfsGrpcServiceTest, StatusListsEveryVersionWithItsCause) {
  const auto entry = [](std::uint64_t version, std::uint64_t state, const Message& status) {
    return Message().varint(1, version).varint(2, state).message(3, status);
  };
  const Message ok = Message().bytes(2, "OK");
  const Message failed = Message().varint(1, 2).bytes(2, "UNKNOWN: cannot read bad");
  EXPECT_EQ(
      call(&InferenceService::tfs_get_model_status, Message().message(1, spec("m"))),
      Message().message(1, entry(1, 30, ok)).message(1, entry(3, 30, ok)).message(1, entry(4, 20, failed)).wire());
  EXPECT_EQ(call(&InferenceService::tfs_get_model_status, Message().message(1, spec("m", 4))),
            Message().message(1, entry(4, 20, failed)).wire());
  EXPECT_EQ(refusal(ErrorCode::kNotFound, &InferenceService::tfs_get_model_status, Message().message(1, spec("m", 9))),
            kNoSuchVersion);
  EXPECT_EQ(refusal(ErrorCode::kNotFound, &InferenceService::tfs_get_model_status, Message()), kNoSuchModel);
}

}  // namespace
}  // namespace ovserve
