#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fakes/fake_engine.h"
#include "fakes/fake_loader.h"
#include "repository/model_repository.h"

namespace ovserve::testing {

using std::chrono::milliseconds;
using Calls = std::vector<std::string>;

constexpr std::chrono::seconds kLong{60};
/// A deadline that is meant to pass.
constexpr milliseconds kSoon{200};

/// A repository with a fake engine and fake loaders. What every test must leave behind is checked at its end.
class RepositoryTest : public ::testing::Test {
 protected:
  void TearDown() override {
    if (!repository) return;
    EXPECT_TRUE(repository->stop(kLong));
    EXPECT_EQ(engine.alive, 0) << "a model was not freed";
    EXPECT_FALSE(loaders.overlapped()) << "two calls into one library ran at the same time";
    EXPECT_EQ(count_starting("load "), count_starting("unload ")) << "unloadModel must follow every loadModel";
    EXPECT_EQ(count_starting("deinit "), count_starting("delete "));
  }

  long count_starting(const std::string& prefix) {
    const auto calls = loaders.calls();
    return std::count_if(calls.begin(), calls.end(), [&](const auto& call) { return call.starts_with(prefix); });
  }

  void start(const RepositoryOptions& options = {}) {
    repository = std::make_unique<ModelRepository>(engine, loaders, options);
  }

  static ModelConfig files(const std::string& name, const std::set<Version>& versions,
                           VersionPolicy policy = {VersionPolicy::Kind::kLatest, 1, {}}) {
    ModelConfig config;
    config.name = name;
    config.base_path = "/" + name;
    config.version_policy = std::move(policy);
    config.versions.emplace();
    for (const Version version : versions) (*config.versions)[version] = "/" + name + "/" + std::to_string(version);
    return config;
  }

  static ModelConfig through(const std::string& loader, const std::string& name, const std::set<Version>& versions,
                             VersionPolicy policy = {VersionPolicy::Kind::kLatest, 1, {}}) {
    auto config = files(name, versions, std::move(policy));
    config.loader_name = loader;
    config.loader_options = R"({"loader_name":")" + loader + R"("})";
    config.loader_options_key = config.loader_options;
    return config;
  }

  PassResult apply(const std::vector<LoaderConfig>& wanted_loaders, const std::vector<ModelConfig>& models) {
    return repository->apply({wanted_loaders, models}, true, true);
  }

  std::string state(const std::string& model, Version version) {
    const auto status = repository->status(model, version).versions.at(0);
    return std::string(name_of(status.state)) + "/" + status.error_message();
  }

  /// For tests with tiny deadlines, where a pass may not wait for a library that is merely slow.
  void await_state(const std::string& model, Version version, const std::string& wanted) {
    while (state(model, version) != wanted) std::this_thread::yield();
  }

  std::string origin(const std::string& model, std::optional<Version> version = std::nullopt) {
    const auto lease = repository->acquire(model, version);
    return dynamic_cast<FakeModel&>(*lease.model).origin();
  }

  template <typename Action>
  static ErrorCode code_of(const Action& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << "no error";
    return ErrorCode::kInternal;
  }

  FakeEngine engine;
  FakeLoaders loaders;
  std::unique_ptr<ModelRepository> repository;
  const LoaderConfig l{"l", "/lib/l.so", "", false, ""};
};

}  // namespace ovserve::testing
