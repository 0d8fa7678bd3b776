#include "repository/model_repository.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "fakes/fake_engine.h"
#include "fakes/fake_loader.h"

namespace ovserve {
namespace {

using std::chrono::milliseconds;
using testing::FakeEngine;
using testing::FakeLoaders;
using testing::FakeModel;
using Calls = std::vector<std::string>;

constexpr std::chrono::seconds kLong{60};

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
  const VersionPolicy all{VersionPolicy::Kind::kAll, 1, {}};
};

TEST_F(RepositoryTest, ServesModelsFromFiles) {
  start();
  const auto result = apply({}, {files("m", {1, 3})});
  EXPECT_TRUE(result.changed);
  EXPECT_TRUE(result.failures.empty());
  EXPECT_EQ(state("m", 3), "AVAILABLE/OK");
  EXPECT_EQ(origin("m"), "/m/3");
  EXPECT_EQ(repository->acquire("m", 3).version, 3);
}

TEST_F(RepositoryTest, ASecondEqualPassChangesNothing) {
  start();
  apply({l}, {files("m", {1}), through("l", "n", {1})});
  const auto result = apply({l}, {files("m", {1}), through("l", "n", {1})});
  EXPECT_FALSE(result.changed);
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load n 1"}));
}

TEST_F(RepositoryTest, UnknownModelsAndVersionsAreNotFound) {
  start();
  apply({}, {files("m", {1})});
  EXPECT_EQ(code_of([&] { repository->acquire("x", {}); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { repository->acquire("m", 9); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { repository->status("x"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { repository->status("m", 9); }), ErrorCode::kNotFound);
}

TEST_F(RepositoryTest, NewVersionReplacesTheOldOne) {
  start();
  apply({}, {files("m", {1})});
  apply({}, {files("m", {1, 2})});
  EXPECT_EQ(state("m", 1), "END/OK");
  EXPECT_EQ(origin("m"), "/m/2");
  EXPECT_EQ(code_of([&] { repository->acquire("m", 1); }), ErrorCode::kNotFound);
}

TEST_F(RepositoryTest, FailedVersionFallsBackAndIsTriedAgain) {
  engine.mark_bad("/m/2");
  start();
  auto result = apply({}, {files("m", {1, 2})});
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_EQ(result.failures[0].version, 2);
  EXPECT_EQ(state("m", 2), "LOADING/UNKNOWN: cannot read /m/2");
  EXPECT_EQ(origin("m"), "/m/1");
  engine.mark_bad("/m/2", false);
  EXPECT_TRUE(apply({}, {files("m", {1, 2})}).failures.empty());
  EXPECT_EQ(origin("m"), "/m/2");
  EXPECT_EQ(state("m", 1), "END/OK");
}

TEST_F(RepositoryTest, RemovedModelEndsAndStaysListed) {
  start();
  apply({}, {files("m", {1})});
  EXPECT_TRUE(apply({}, {}).changed);
  EXPECT_EQ(state("m", 1), "END/OK");
  EXPECT_EQ(engine.alive, 0);
  ASSERT_EQ(repository->all_status().size(), 1U);
  apply({}, {files("m", {1})});
  EXPECT_EQ(state("m", 1), "AVAILABLE/OK");
}

TEST_F(RepositoryTest, AChangedFileModelIsSwappedAndAFailedChangeKeepsTheOld) {
  start();
  auto config = files("m", {1});
  apply({}, {config});
  config.options.nireq = 4;
  EXPECT_TRUE(apply({}, {config}).changed);
  EXPECT_EQ(engine.loads().size(), 2U);
  config.options.target_device = "bad";
  const auto result = apply({}, {config});
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_EQ(result.failures[0].code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(result.failures[0].cause, "no device \"bad\"");
  EXPECT_EQ(state("m", 1), "AVAILABLE/OK");
  EXPECT_EQ(engine.alive, 1);
}

TEST_F(RepositoryTest, AProblemKeepsThatModelAsItIs) {
  start();
  apply({}, {files("m", {1})});
  auto config = files("m", {1, 2});
  config.problem = "allow_cache cannot be used here";
  const auto result = apply({}, {config, files("n", {1})});
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_EQ(result.failures[0].cause, config.problem);
  EXPECT_EQ(origin("m"), "/m/1");
  EXPECT_EQ(origin("n"), "/n/1");
}

TEST_F(RepositoryTest, AnUnreadableBasePathKeepsWhatIsServed) {
  start();
  apply({}, {files("m", {1})});
  auto config = files("m", {});
  config.versions.reset();
  EXPECT_FALSE(apply({}, {config}).changed);
  config.base_path = "/elsewhere";
  EXPECT_FALSE(apply({}, {config}).changed);
  EXPECT_EQ(origin("m"), "/m/1");
}

TEST_F(RepositoryTest, AModelIsFreedOnlyAfterItsLastRequest) {
  start();
  apply({}, {files("m", {1})});
  auto lease = repository->acquire("m", {});
  repository->apply({}, false, false);
  EXPECT_EQ(state("m", 1), "UNLOADING/OK");
  EXPECT_EQ(engine.alive, 1);
  lease = {};
  apply({}, {});
  EXPECT_EQ(state("m", 1), "END/OK");
}

TEST_F(RepositoryTest, ARequestWaitsForAVersionThatIsBeingLoaded) {
  engine.block("/m/1");
  start();
  repository->apply({{}, {files("m", {1})}}, false, false);
  EXPECT_EQ(code_of([&] { repository->acquire("m", {}); }), ErrorCode::kNotFound) << "no default version yet";
  EXPECT_EQ(code_of([&] { repository->acquire_now("m", 1); }), ErrorCode::kUnavailable);
  auto waiting = std::async(std::launch::async, [&] { return origin("m", 1); });
  EXPECT_EQ(waiting.wait_for(milliseconds(20)), std::future_status::timeout);
  engine.unblock("/m/1");
  EXPECT_EQ(waiting.get(), "/m/1");
}

TEST_F(RepositoryTest, WaitingEndsAfterTheLoadWait) {
  engine.block("/m/1");
  RepositoryOptions options;
  options.load_wait = milliseconds(20);
  start(options);
  repository->apply({{}, {files("m", {1})}}, false, false);
  EXPECT_EQ(code_of([&] { repository->acquire("m", 1); }), ErrorCode::kUnavailable);
  engine.unblock("/m/1");
}

TEST_F(RepositoryTest, OnlySoManyRequestsWaitForOneModel) {
  engine.block("/m/1");
  RepositoryOptions options;
  options.max_waiting_requests = 1;
  options.load_wait = kLong;
  start(options);
  repository->apply({{}, {files("m", {1}), files("n", {1})}}, false, false);
  auto first = std::async(std::launch::async, [&] { return code_of([&] { repository->acquire("m", 1); }); });
  auto second = std::async(std::launch::async, [&] { return code_of([&] { repository->acquire("m", 1); }); });
  while (first.wait_for(milliseconds(1)) != std::future_status::ready &&
         second.wait_for(milliseconds(1)) != std::future_status::ready) {
  }
  EXPECT_EQ(origin("n", 1), "/n/1") << "another model must not suffer";
  repository->apply({}, false, false);  // both end: one was refused at once, one when the model left
  engine.unblock("/m/1");
  first.wait();
  second.wait();
}

TEST_F(RepositoryTest, ALoaderGetsItsCallsInOrder) {
  start();
  apply({l}, {through("l", "m", {1})});
  EXPECT_EQ(origin("m"), "/m");
  EXPECT_EQ(loaders.last_options(), R"({"loader_name":"l"})");
  apply({l}, {through("l", "m", {1, 2})});
  apply({l}, {});
  EXPECT_TRUE(repository->stop(kLong));
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1", "load m 2", "unload m 1", "retire m", "unload m 2",
                                    "deinit l", "delete l"}));
}

TEST_F(RepositoryTest, StopTellsTheLoaders) {
  start();
  apply({l}, {through("l", "m", {1})});
  EXPECT_TRUE(repository->stop(kLong));
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1", "retire m", "unload m 1", "deinit l", "delete l"}));
  EXPECT_EQ(code_of([&] { repository->acquire("m", {}); }), ErrorCode::kUnavailable);
}

TEST_F(RepositoryTest, ALeavingLoaderTakesItsModelsAlong) {
  start();
  apply({l}, {through("l", "m", {1}), files("n", {1})});
  apply({}, {through("l", "m", {1}), files("n", {1})});
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1", "retire m", "unload m 1", "deinit l", "delete l"}));
  EXPECT_EQ(state("m", 1),
            "END/UNKNOWN: custom loader \"l\" is not in custom_loader_config_list; add it or correct loader_name");
  EXPECT_EQ(code_of([&] { repository->acquire("m", 1); }), ErrorCode::kNotFound);
  EXPECT_EQ(origin("n"), "/n/1");
  apply({l}, {through("l", "m", {1})});
  EXPECT_EQ(state("m", 1), "AVAILABLE/OK");
}

TEST_F(RepositoryTest, AnEditedLoaderIsReplaced) {
  start();
  apply({l}, {through("l", "m", {1})});
  auto edited = l;
  edited.config_file = "other.json";
  apply({edited}, {through("l", "m", {1})});
  EXPECT_EQ(loaders.calls(),
            Calls({"create l", "load m 1", "retire m", "unload m 1", "deinit l", "delete l", "create l", "load m 1"}));
  EXPECT_EQ(state("m", 1), "AVAILABLE/OK");
}

TEST_F(RepositoryTest, AFailedLoaderIsReportedAndTriedAgain) {
  loaders.fail("create l", "custom loader \"l\": no licence");
  start();
  const auto result = apply({l}, {through("l", "m", {1}), files("n", {1})});
  ASSERT_EQ(result.failures.size(), 2U);
  EXPECT_EQ(result.failures[0].cause, "custom loader \"l\": no licence");
  EXPECT_EQ(state("m", 1), "END/UNKNOWN: custom loader \"l\": no licence");
  EXPECT_EQ(origin("n"), "/n/1");
  loaders.work("create l");
  EXPECT_TRUE(apply({l}, {through("l", "m", {1})}).failures.empty());
  EXPECT_EQ(state("m", 1), "AVAILABLE/OK");
}

TEST_F(RepositoryTest, ARefusedLoaderEntryIsNeverOpened) {
  auto refused = l;
  refused.problem = "library_path must not contain ..";
  start();
  const auto result = apply({refused}, {through("l", "m", {1})});
  EXPECT_EQ(result.failures.at(0).cause, "custom loader \"l\": library_path must not contain ..");
  EXPECT_TRUE(loaders.calls().empty());
}

TEST_F(RepositoryTest, TheFirstOfTwoEqualNamesWins) {
  start();
  auto other = l;
  other.library_path = "/lib/other.so";
  auto second = through("l", "m", {7});
  apply({l, other}, {through("l", "m", {1}), second});
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1"}));
}

TEST_F(RepositoryTest, ChangedOptionsUnloadBeforeTheyLoadAndRequestsWait) {
  start();
  auto config = through("l", "m", {1});
  apply({l}, {config});
  config.loader_options = config.loader_options_key = R"({"loader_name":"l","key":"new"})";
  loaders.block("load m 1");
  repository->apply({{l}, {config}}, false, false);
  loaders.await_blocked("load m 1");
  auto waiting = std::async(std::launch::async, [&] { return origin("m"); });
  EXPECT_EQ(waiting.wait_for(milliseconds(20)), std::future_status::timeout);
  loaders.unblock("load m 1");
  EXPECT_EQ(waiting.get(), "/m");
  EXPECT_EQ(loaders.last_options(), config.loader_options);
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1", "unload m 1", "load m 1"}));
}

TEST_F(RepositoryTest, ReorderedOptionsAreNoChange) {
  start();
  auto config = through("l", "m", {1});
  apply({l}, {config});
  config.loader_options = R"({ "loader_name" : "l" })";
  EXPECT_FALSE(apply({l}, {config}).changed);
}

TEST_F(RepositoryTest, OptionsRemovedAndAdded) {
  start();
  apply({l}, {through("l", "m", {1})});
  apply({l}, {files("m", {1})});
  EXPECT_EQ(origin("m"), "/m/1");
  apply({l}, {through("l", "m", {1})});
  EXPECT_EQ(origin("m"), "/m");
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1", "unload m 1", "load m 1"}));
}

TEST_F(RepositoryTest, AFailedLoadIsUnloadedToo) {
  loaders.fail("load m 1", "boom");
  start();
  apply({l}, {through("l", "m", {1})});
  EXPECT_EQ(state("m", 1), "LOADING/UNKNOWN: boom");
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1", "unload m 1"}));
}

TEST_F(RepositoryTest, RubbishBuffersFailThatVersionOnly) {
  auto bad = through("l", "m", {1});
  bad.base_path = "bad bytes";
  start();
  apply({l}, {bad, through("l", "n", {1})});
  EXPECT_EQ(state("m", 1), "LOADING/UNKNOWN: cannot compile bad bytes");
  EXPECT_EQ(state("n", 1), "AVAILABLE/OK");
  EXPECT_EQ(loaders.count("unload m 1"), 1U);
}

TEST_F(RepositoryTest, BlacklistTakesOutAndBringsBack) {
  start();
  apply({l}, {through("l", "m", {1, 2})});
  loaders.blacklist("m", 2);
  EXPECT_TRUE(repository->check_blacklist(true).changed);
  EXPECT_EQ(state("m", 2), "END/OK");
  EXPECT_EQ(code_of([&] { repository->acquire("m", {}); }), ErrorCode::kNotFound) << "version 1 must not come back";
  EXPECT_FALSE(repository->check_blacklist(true).changed);
  EXPECT_FALSE(apply({l}, {through("l", "m", {1, 2})}).changed);
  loaders.blacklist("m", 2, false);
  EXPECT_TRUE(repository->check_blacklist(true).changed);
  EXPECT_EQ(state("m", 2), "AVAILABLE/OK");
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 2", "unload m 2", "load m 2"}));
}

TEST_F(RepositoryTest, AVersionBlacklistedFromTheStartEnds) {
  loaders.blacklist("m", 1);
  start();
  apply({l}, {through("l", "m", {1})});
  EXPECT_EQ(state("m", 1), "END/OK");
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1", "unload m 1"}));
}

TEST_F(RepositoryTest, ARefusedLoadOfABlacklistedVersionEnds) {
  loaders.refuse("load m 2");
  loaders.blacklist("m", 2);
  start();
  EXPECT_TRUE(apply({l}, {through("l", "m", {1, 2})}).failures.empty());
  EXPECT_EQ(state("m", 2), "END/OK");
  EXPECT_EQ(loaders.count("load m 1"), 0U) << "an older version must not come in its place";
  loaders.refuse("load m 2", false);
  loaders.blacklist("m", 2, false);
  repository->check_blacklist(true);
  EXPECT_EQ(state("m", 2), "AVAILABLE/OK");
}

TEST_F(RepositoryTest, ABlacklistedVersionIsLoadedAgainWithOtherOptions) {
  loaders.blacklist("m", 1);
  start();
  auto config = through("l", "m", {1});
  apply({l}, {config});
  EXPECT_EQ(state("m", 1), "END/OK");
  loaders.blacklist("m", 1, false);  // what the loader says of the version as it would be loaded now
  config.loader_options = config.loader_options_key = R"({"loader_name":"l","key":"new"})";
  apply({l}, {config});
  EXPECT_EQ(state("m", 1), "AVAILABLE/OK");
  loaders.blacklist("m", 1);
  config.loader_options = config.loader_options_key = R"({"loader_name":"l","key":"newer"})";
  apply({l}, {config});
  EXPECT_EQ(state("m", 1), "END/OK") << "the new options do not make it allowed";
}

TEST_F(RepositoryTest, EveryVersionEverLoadedIsAskedAbout) {
  start();
  apply({l}, {through("l", "m", {1})});
  apply({l}, {through("l", "m", {2})});
  const int before = loaders.questions();
  repository->check_blacklist(true);
  EXPECT_EQ(loaders.questions() - before, 2);
}

TEST_F(RepositoryTest, AQuestionThatFailsKeepsTheState) {
  start();
  apply({l}, {through("l", "m", {1})});
  loaders.fail("question m 1", "the licence server is down");
  repository->check_blacklist(true);
  EXPECT_EQ(state("m", 1), "AVAILABLE/OK");
}

TEST_F(RepositoryTest, AQuestionThatFailsCanFailClosed) {
  auto closed = l;
  closed.disable_on_blacklist_error = true;
  start();
  apply({closed}, {through("l", "m", {1})});
  loaders.fail("question m 1", "the licence server is down");
  repository->check_blacklist(true);
  EXPECT_EQ(state("m", 1), "END/OK");
  loaders.work("question m 1");
  repository->check_blacklist(true);
  EXPECT_EQ(state("m", 1), "AVAILABLE/OK");
}

TEST_F(RepositoryTest, AHangingQuestionDelaysNobodyElse) {
  LoaderConfig other{"o", "/lib/o.so", "", false, ""};
  RepositoryOptions options;
  options.blacklist_deadline = milliseconds(1);
  start(options);
  apply({l, other}, {through("l", "m", {1}), through("o", "n", {1}), files("f", {1})});
  loaders.block("question m 1");
  repository->check_blacklist(false);
  loaders.await_blocked("question m 1");
  loaders.blacklist("n", 1);
  repository->check_blacklist(true);  // returns although "l" never answers
  EXPECT_EQ(state("n", 1), "END/OK");
  EXPECT_EQ(origin("m"), "/m");
  apply({l, other}, {through("l", "m", {1}), through("o", "n", {1}), files("f", {1, 2})});
  EXPECT_EQ(origin("f"), "/f/2");
  loaders.unblock("question m 1");
}

TEST_F(RepositoryTest, AHangingQuestionCanFailClosed) {
  auto closed = l;
  closed.disable_on_blacklist_error = true;
  RepositoryOptions options;
  options.blacklist_deadline = milliseconds(1);
  start(options);
  apply({closed}, {through("l", "m", {1})});
  loaders.block("question m 1");
  repository->check_blacklist(false);
  while (state("m", 1) == "AVAILABLE/OK") std::this_thread::yield();
  EXPECT_EQ(code_of([&] { repository->acquire("m", 1); }), ErrorCode::kNotFound);
  loaders.unblock("question m 1");
  while (state("m", 1) != "AVAILABLE/OK") repository->check_blacklist(true);
}

TEST_F(RepositoryTest, AHangingLoadDelaysNobodyElse) {
  LoaderConfig other{"o", "/lib/o.so", "", false, ""};
  RepositoryOptions options;
  options.loader_call_deadline = milliseconds(1);
  options.load_wait = milliseconds(1);
  start(options);
  loaders.block("load m 1");
  const auto result = apply({l, other}, {through("l", "m", {1}), through("o", "n", {1}), files("f", {1})});
  EXPECT_EQ(origin("n"), "/n");
  EXPECT_EQ(origin("f"), "/f/1");
  EXPECT_EQ(state("m", 1), "LOADING/OK");
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_EQ(result.failures[0].code, ErrorCode::kDeadlineExceeded);
  loaders.unblock("load m 1");
}

TEST_F(RepositoryTest, SeveralNamesForOneLibraryAreSeveralObjects) {
  LoaderConfig second{"k", "/lib/l.so", "", false, ""};
  start();
  apply({l, second}, {through("l", "m", {1}), through("k", "n", {1})});
  EXPECT_EQ(loaders.count("create l") + loaders.count("create k"), 2U);
  EXPECT_EQ(origin("n"), "/n");
}

TEST_F(RepositoryTest, ModelsOfOneLoaderLoadInTheOrderOfTheConfiguration) {
  start();
  apply({l}, {through("l", "z", {1}), through("l", "a", {1}), through("l", "m", {1})});
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load z 1", "load a 1", "load m 1"}));
}

TEST_F(RepositoryTest, StopGivesUpOnAHangingLoader) {
  start();
  apply({l}, {through("l", "m", {1})});
  loaders.block("unload m 1");
  EXPECT_FALSE(repository->stop(milliseconds(50)));
  loaders.unblock("unload m 1");
  while (loaders.count("unload m 1") == 0) std::this_thread::yield();
  // The abandoned thread may still use the fakes for a moment; give it its end.
  while (loaders.count("delete l") == 0) std::this_thread::yield();
  repository.reset();
}

TEST_F(RepositoryTest, NoRequestFailsWhileVersionsAreSwapped) {
  start();
  apply({l}, {files("f", {1}), through("l", "m", {1})});
  std::atomic<bool> ending{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  clients.reserve(4);
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!ending) {
        origin("f");
        origin("m");
        ++answered;
      }
    });
  }
  for (int round = 2; round < 102; ++round) {
    auto config = through("l", "m", {1});
    config.loader_options_key = std::to_string(round);
    apply({l}, {files("f", {round}), config});
    repository->check_blacklist(true);
  }
  while (answered == 0) std::this_thread::yield();
  ending = true;
  for (auto& client : clients) client.join();
}

}  // namespace
}  // namespace ovserve
