#include <gtest/gtest.h>

#include <future>

#include "repository/repository_fixture.h"

namespace ovserve::testing {
namespace {

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

TEST_F(RepositoryTest, AnEditedMappingLoadsOnlyItsVersionAgain) {
  start();
  auto config = files("m", {1, 2}, {VersionPolicy::Kind::kAll, 1, {}});
  apply({}, {config});
  config.mappings = {{2, "first"}};
  EXPECT_TRUE(apply({}, {config}).changed);
  EXPECT_EQ(engine.loads().size(), 3U);
  EXPECT_FALSE(apply({}, {config}).changed);
  config.mappings = {{2, "second"}};
  EXPECT_TRUE(apply({}, {config}).changed);
  auto unreadable = config;
  unreadable.versions.reset();
  unreadable.mappings.clear();
  EXPECT_FALSE(apply({}, {unreadable}).changed) << "a base path that cannot be read says nothing";
  config.mappings.clear();
  EXPECT_TRUE(apply({}, {config}).changed);
  EXPECT_EQ(engine.loads().size(), 5U);
}

TEST_F(RepositoryTest, AnEditedMappingOfALoadersModelUnloadsFirst) {
  start();
  auto config = through("l", "m", {1});
  apply({l}, {config});
  config.mappings = {{1, "new"}};
  EXPECT_TRUE(apply({l}, {config}).changed);
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1", "unload m 1", "load m 1"}));
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

TEST_F(RepositoryTest, AHangingLoadDelaysNobodyElse) {
  LoaderConfig other{"o", "/lib/o.so", "", false, ""};
  RepositoryOptions options;
  options.loader_call_deadline = kSoon;
  start(options);
  loaders.block("load m 1");
  const auto result = apply({l, other}, {through("l", "m", {1}), through("o", "n", {1}), files("f", {1})});
  await_state("n", 1, "AVAILABLE/OK");
  EXPECT_EQ(origin("f"), "/f/1");
  EXPECT_EQ(state("m", 1), "LOADING/OK");
  ASSERT_FALSE(result.failures.empty());
  EXPECT_EQ(result.failures[0].code, ErrorCode::kDeadlineExceeded);
  loaders.unblock("load m 1");
}

}  // namespace
}  // namespace ovserve::testing
