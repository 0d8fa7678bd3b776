#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "codec/message_builder.h"
#include "fakes/fake_engine.h"
#include "fakes/fake_loader.h"
#include "gateway/fake_connection.h"
#include "repository/model_repository.h"
#include "serving/inference_service.h"
#include "serving/service_fixture.h"

namespace ovserve::testing {

/// A ModelInferRequest whose answer ends with numbers_and_one().
inline std::string infer_request(std::string_view model = "m") {
  const Message tensor = Message().bytes(1, "b").bytes(2, "FP32").bytes(3, "\x01\x0a");
  return Message().bytes(1, model).message(5, tensor).bytes(7, bytes_of<float>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9})).wire();
}

inline std::string numbers_and(float added) {
  std::string all;
  for (int i = 0; i < 10; ++i) all += bytes_of<float>({static_cast<float>(i) + added});
  return all;
}

inline bool is_right(std::string_view reply) { return reply.ends_with(numbers_and(1)); }

/// A service with one model "m" from files (a = b + 1), which runs on a device that can be held, and the
/// loop of a front.
class GatewayFixture : public ::testing::Test {
 protected:
  GatewayFixture() : repository_(engine_, loaders_, patient()), service_(repository_, "1.2.3") {
    repository_.apply({{}, {model_config("m", {{1, "m1"}})}}, true, false);
  }

  static RepositoryOptions patient() {
    RepositoryOptions options;
    options.load_wait = std::chrono::minutes(1);
    return options;
  }

  FakeLoop loop_;
  FakeEngine engine_;
  FakeLoaders loaders_;
  ModelRepository repository_;
  InferenceService service_;
};

}  // namespace ovserve::testing
