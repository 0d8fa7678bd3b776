#include "serving/service_fixture.h"

namespace ovserve {
namespace {

using testing::bytes_of;
using testing::kNoSuchModel;
using testing::kNoSuchVersion;
using testing::Message;

class KserveGrpcServiceTest : public testing::ServiceTest {};

std::string yes() { return Message().varint(1, 1).wire(); }

Message named(std::string_view model, std::string_view version = "") {
  return Message().bytes(1, model).bytes(2, version);
}

Message tensor(std::string_view name) { return Message().bytes(1, name).bytes(2, "FP32").bytes(3, "\x01\x02"); }

Message infer(std::string_view version = "") {
  return named("m", version).bytes(3, "id-7").message(5, tensor("b")).bytes(7, bytes_of<float>({7, 8}));
}

Message infer_two() {
  return named("two")
      .message(5, tensor("y"))
      .message(5, tensor("x"))
      .bytes(7, bytes_of<float>({1, 2}))
      .bytes(7, bytes_of<float>({3, 4}));
}

TEST_F(KserveGrpcServiceTest, LiveAlwaysReadyOnceTheConfigurationIsProcessed) {
  EXPECT_EQ(call(&InferenceService::kserve_server_live, Message()), yes());
  EXPECT_EQ(call(&InferenceService::kserve_server_ready, Message()), "");
  service_.set_ready(true);
  EXPECT_EQ(call(&InferenceService::kserve_server_ready, Message()), yes());
}

TEST_F(KserveGrpcServiceTest, ModelReadyTellsAvailableFromFailed) {
  const auto f = &InferenceService::kserve_model_ready;
  EXPECT_EQ(call(f, named("m")), yes());
  EXPECT_EQ(call(f, named("m", "1")), yes());
  EXPECT_EQ(call(f, named("m", "0")), yes());
  EXPECT_EQ(call(f, named("m", "4")), "");
  EXPECT_EQ(call(f, named("broken", "1")), "");
  EXPECT_EQ(refusal(ErrorCode::kNotFound, f, named("broken")), kNoSuchVersion);
  EXPECT_EQ(refusal(ErrorCode::kNotFound, f, named("m", "9")), kNoSuchVersion);
  EXPECT_EQ(refusal(ErrorCode::kNotFound, f, named("other")), kNoSuchModel);
  EXPECT_EQ(refusal(ErrorCode::kInvalidArgument, f, named("m", "x")), "invalid model version format in request");
}

TEST_F(KserveGrpcServiceTest, ServerMetadataNamesTheServer) {
  EXPECT_EQ(call(&InferenceService::kserve_server_metadata, Message()),
            Message().bytes(1, "ovserve").bytes(2, "1.2.3").wire());
}

TEST_F(KserveGrpcServiceTest, ModelMetadataListsAvailableVersions) {
  const std::string reply = call(&InferenceService::kserve_model_metadata, named("m"));
  EXPECT_TRUE(reply.starts_with(Message().bytes(1, "m").bytes(2, "1").bytes(2, "3").bytes(3, "OpenVINO").wire()));
  EXPECT_EQ(refusal(ErrorCode::kNotFound, &InferenceService::kserve_model_metadata, named("other")), kNoSuchModel);
  refusal(ErrorCode::kUnavailable, &InferenceService::kserve_model_metadata, named("m", "4"));
}

TEST_F(KserveGrpcServiceTest, InferEchoesIdAndNamesTheVersion) {
  const Message output = Message().bytes(1, "a").bytes(2, "FP32").bytes(3, "\x01\x02");
  EXPECT_EQ(call(&InferenceService::kserve_model_infer, infer()), Message()
                                                                      .bytes(1, "m")
                                                                      .bytes(2, "3")
                                                                      .bytes(3, "id-7")
                                                                      .message(5, output)
                                                                      .bytes(6, bytes_of<float>({1.5F, 2.0F}))
                                                                      .wire());
  EXPECT_NE(call(&InferenceService::kserve_model_infer, infer("1")).find(Message().bytes(2, "1").wire()),
            std::string::npos);
}

TEST_F(KserveGrpcServiceTest, InferGivesTheRequestedOutputsInTheirOrder) {
  const auto f = &InferenceService::kserve_model_infer;
  const auto output = [](std::string_view name) { return Message().bytes(1, name); };
  const std::string p = bytes_of<float>({1, 2});
  const std::string q = bytes_of<float>({3, 4});
  EXPECT_TRUE(call(f, infer_two()).ends_with(Message().bytes(6, p).bytes(6, q).wire()));
  EXPECT_TRUE(call(f, infer_two().message(6, output("q")).message(6, output("p")).message(6, output("q")))
                  .ends_with(Message().bytes(6, q).bytes(6, p).wire()));
  const std::string only_q = call(f, infer_two().message(6, output("q")));
  EXPECT_EQ(only_q.find(Message().bytes(6, p).wire()), std::string::npos);
  EXPECT_EQ(refusal(ErrorCode::kInvalidArgument, f, infer_two().message(6, output("z"))),
            "Unknown requested output - z; the model has: p q");
}

TEST_F(KserveGrpcServiceTest, InferChecksModelAndInputs) {
  const auto f = &InferenceService::kserve_model_infer;
  EXPECT_EQ(refusal(ErrorCode::kNotFound, f, named("other")), kNoSuchModel);
  EXPECT_EQ(refusal(ErrorCode::kInvalidArgument, f, named("m")), "Invalid number of inputs - Expected: 1; Actual: 0");
  const Message wrong_type =
      named("m").message(5, Message().bytes(1, "b").bytes(2, "INT32").bytes(3, "\x01\x02")).bytes(7, "12345678");
  EXPECT_EQ(refusal(ErrorCode::kInvalidArgument, f, wrong_type),
            "Invalid input precision - Expected: FP32; Actual: INT32; input name: b");
  EXPECT_EQ(refusal(ErrorCode::kInvalidArgument, f, named("m").message(5, tensor("b")).bytes(7, "123")),
            "Invalid content size of tensor proto - Expected: 8 bytes; Actual: 3 bytes; input name: b");
}

TEST_F(KserveGrpcServiceTest, StreamInferPutsErrorsIntoTheReply) {
  const auto f = &InferenceService::kserve_model_stream_infer;
  EXPECT_EQ(call(f, infer()), Message().bytes(2, call(&InferenceService::kserve_model_infer, infer())).wire());
  EXPECT_EQ(call(f, named("other")), Message().bytes(1, kNoSuchModel).wire());
}

}  // namespace
}  // namespace ovserve
