#include "serving/repository_meter.h"
#include "serving/service_fixture.h"

namespace ovserve::testing {
namespace {

/// A service like that of ServiceTest, of which everything is counted.
class MetricsServiceTest : public ServiceTest {
 protected:
  MetricsServiceTest() : counted_(engine_, loaders_, options()), metered_(counted_, "1.2.3", metrics_) {
    DesiredState desired;
    desired.models.push_back(model_config("m", {{1, "one"}, {4, "bad"}}));
    counted_.apply(desired, true, false);
  }

  RepositoryOptions options() {
    RepositoryOptions options = quick();
    options.observer = std::make_shared<RepositoryMeter>(metrics_);
    return options;
  }

  template <class Function>
  void call(Function function, const Message& request) {
    StringSink sink;
    try {
      (metered_.*function)(request.wire(), sink);
    } catch (const Error&) {
      ++refused_;
    }
  }

  std::uint64_t successes(Method method, Interface interface) {
    return metrics_->find_version("m", 1)->requests.at(method, interface).success.value();
  }
  std::uint64_t failures(Version version, Method method, Interface interface) {
    return metrics_->find_version("m", version)->requests.at(method, interface).fail.value();
  }

  std::shared_ptr<Metrics> metrics_ = std::make_shared<Metrics>(
      std::vector<std::string>{"ovms_requests_success", "ovms_infer_req_queue_size", "ovserve_loads_fail"});
  ModelRepository counted_;
  InferenceService metered_;
  int refused_ = 0;
};

TEST_F(MetricsServiceTest, RestRequestsAreCounted) {
  metered_.rest_predict("m", std::nullopt, R"({"inputs": [[1, 2]]})");
  metered_.rest_predict("m", 1, R"({"inputs": [[1, 2]]})");
  error_of(ErrorCode::kInvalidArgument, [&] { metered_.rest_predict("m", 1, R"({"inputs": []})"); });
  metered_.rest_metadata("m", std::nullopt);
  metered_.rest_status("m", std::nullopt);
  metered_.model_ready("m", std::nullopt);
  EXPECT_EQ(successes(Method::kPredict, Interface::kRest), 2U);
  EXPECT_EQ(failures(1, Method::kPredict, Interface::kRest), 1U);
  EXPECT_EQ(successes(Method::kGetModelMetadata, Interface::kRest), 1U);
  const auto& model = metrics_->find_model("m")->requests;
  EXPECT_EQ(model.at(Method::kGetModelStatus, Interface::kRest).success.value(), 1U);
  EXPECT_EQ(model.at(Method::kModelReady, Interface::kRest).success.value(), 1U);
}

TEST_F(MetricsServiceTest, ARequestToAVersionThatIsNotLoadedFails) {
  call(&InferenceService::kserve_model_infer, Message().bytes(1, "m").bytes(2, "4"));
  EXPECT_EQ(refused_, 1);
  EXPECT_EQ(failures(4, Method::kModelInfer, Interface::kGrpc), 1U);
  EXPECT_FALSE(metered_.model_ready("m", 4));
  EXPECT_EQ(metrics_->find_model("m")->requests.at(Method::kModelReady, Interface::kRest).fail.value(), 1U);
}

TEST_F(MetricsServiceTest, TheTextHasTheStateOfTheModels) {
  const std::string text = metered_.metrics_text();
  EXPECT_NE(text.find("ovms_infer_req_queue_size{name=\"m\",version=\"1\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("ovserve_loads_fail{name=\"m\",version=\"4\"} 1\n"), std::string::npos);
}

TEST_F(MetricsServiceTest, WithoutMetricsThereIsNoText) {
  InferenceService service(counted_, "1");
  EXPECT_EQ(error_of(ErrorCode::kNotFound, [&] { service.metrics_text(); }), "metrics are off");
}

}  // namespace
}  // namespace ovserve::testing
