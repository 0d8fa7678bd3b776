#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "codec/error_expectation.h"
#include "codec/message_builder.h"
#include "fakes/fake_loader.h"
#include "repository/model_repository.h"
#include "serving/inference_service.h"
#include "serving/scripted_engine.h"

namespace ovserve::testing {

inline ModelConfig model_config(std::string name, std::map<Version, std::string> versions) {
  ModelConfig config;
  config.name = std::move(name);
  config.base_path = "models";
  config.version_policy.kind = VersionPolicy::Kind::kAll;
  config.versions = std::move(versions);
  return config;
}

/// A service on a real repository with three models:
///   m       version 1 and 3 (see ScriptedEngine "one"), 4 fails to load
///   two     version 1 ("two")
///   broken  version 1 fails to load
class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() : repository_(engine_, loaders_, quick()), service_(repository_, "1.2.3") {
    DesiredState desired;
    desired.models.push_back(model_config("two", {{1, "two"}}));
    desired.models.push_back(model_config("broken", {{1, "bad"}}));
    desired.models.push_back(model_config("m", {{1, "one"}, {3, "one"}, {4, "bad"}}));
    repository_.apply(desired, true, false);
  }

  /// Calls one of the service's functions with a message; gives the reply.
  template <class Function>
  std::string call(Function function, const Message& request) {
    StringSink sink;
    (service_.*function)(request.wire(), sink);
    EXPECT_EQ(sink.calls(), 1);
    return sink.written();
  }

  template <class Function>
  std::string refusal(ErrorCode code, Function function, const Message& request) {
    return error_of(code, [&] { call(function, request); });
  }

  static RepositoryOptions quick() {
    RepositoryOptions options;
    options.load_wait = std::chrono::milliseconds(50);  // nothing that is waited for here ever comes
    return options;
  }

  ScriptedEngine engine_;
  FakeLoaders loaders_;
  ModelRepository repository_;
  InferenceService service_;
};

constexpr const char* kNoSuchModel = "Model with requested name is not found";
constexpr const char* kNoSuchVersion = "Model with requested version is not found";

}  // namespace ovserve::testing
