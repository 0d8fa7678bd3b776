#include "serving/request_meter.h"

#include <gtest/gtest.h>

#include "codec/message_builder.h"

namespace ovserve::testing {
namespace {

class RequestMeterTest : public ::testing::Test {
 protected:
  RequestMeterTest() {
    metrics_.add_model("m");
    metrics_.add_version("m", 2);
    version_ = metrics_.find_version("m", 2);
  }

  RequestCounts& counts(Method method) { return version_->requests.at(method, Interface::kGrpc); }

  Metrics metrics_{{"ovms_requests_success"}};
  std::shared_ptr<VersionSeries> version_;
};

TEST_F(RequestMeterTest, ARequestThatSucceeds) {
  {
    RequestMeter meter(&metrics_, Interface::kGrpc, Method::kPredict, 100);
    meter.is_about("m", std::nullopt);
    EXPECT_EQ(version_->current_requests.value(), 0);
    meter.is_about("m", 2);
    meter.is_about("m", 2);
    EXPECT_EQ(version_->current_requests.value(), 1);
    meter.inferred({std::chrono::microseconds(1), std::chrono::microseconds(20)});
    meter.succeeded(30);
  }
  EXPECT_EQ(counts(Method::kPredict).success.value(), 1U);
  EXPECT_EQ(counts(Method::kPredict).fail.value(), 0U);
  EXPECT_EQ(version_->current_requests.value(), 0);
  EXPECT_EQ(version_->request_time[Interface::kGrpc].snapshot().total, 1U);
  EXPECT_EQ(version_->request_time[Interface::kRest].snapshot().total, 0U);
  EXPECT_EQ(version_->inference_time.snapshot().counts[2], 1U);
  EXPECT_EQ(version_->wait_for_request_time.snapshot().counts[0], 1U);
  EXPECT_EQ(version_->request_bytes[Interface::kGrpc].value(), 100U);
  EXPECT_EQ(version_->response_bytes[Interface::kGrpc].value(), 30U);
}

TEST_F(RequestMeterTest, ARequestThatFails) {
  {
    RequestMeter meter(&metrics_, Interface::kGrpc, Method::kModelInfer, 100);
    meter.is_about("m", 2);
  }
  EXPECT_EQ(counts(Method::kModelInfer).fail.value(), 1U);
  EXPECT_EQ(version_->current_requests.value(), 0);
  EXPECT_EQ(version_->request_time[Interface::kGrpc].snapshot().total, 0U);
}

TEST_F(RequestMeterTest, MetadataIsNoInference) {
  {
    RequestMeter meter(&metrics_, Interface::kGrpc, Method::kModelMetadata);
    meter.is_about("m", 2);
    EXPECT_EQ(version_->current_requests.value(), 0);
    meter.succeeded();
  }
  EXPECT_EQ(counts(Method::kModelMetadata).success.value(), 1U);
  EXPECT_EQ(version_->request_time[Interface::kGrpc].snapshot().total, 0U);
}

TEST_F(RequestMeterTest, QuestionsAboutStateBelongToTheModel) {
  {
    RequestMeter meter(&metrics_, Interface::kRest, Method::kGetModelStatus);
    meter.is_about("m", 7);
  }
  EXPECT_EQ(metrics_.find_model("m")->requests.at(Method::kGetModelStatus, Interface::kRest).fail.value(), 1U);
}

TEST_F(RequestMeterTest, WhatNobodyKnowsIsNotCounted) {
  RequestMeter unknown(&metrics_, Interface::kGrpc, Method::kPredict);
  unknown.is_about("other", 1);
  unknown.is_about("m", 3);
  unknown.succeeded();
  RequestMeter off(nullptr, Interface::kGrpc, Method::kPredict);
  off.is_about("m", 2);
  off.inferred({});
  off.succeeded();
  EXPECT_EQ(counts(Method::kPredict).success.value(), 0U);
}

TEST(MeasuringSink, PassesTheMessageOn) {
  StringSink inner;
  MeasuringSink sink(inner);
  *sink.allocate(1) = 'x';
  EXPECT_EQ(sink.size(), 1U);
  EXPECT_EQ(inner.written(), "x");
}

}  // namespace
}  // namespace ovserve::testing
