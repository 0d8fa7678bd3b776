#include <gtest/gtest.h>

#include <thread>

#include "repository/repository_fixture.h"

namespace ovserve::testing {
namespace {

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
  options.blacklist_deadline = kSoon;
  start(options);
  apply({l, other}, {through("l", "m", {1}), through("o", "n", {1}), files("f", {1})});
  await_state("m", 1, "AVAILABLE/OK");
  await_state("n", 1, "AVAILABLE/OK");
  loaders.block("question m 1");
  repository->check_blacklist(false);
  loaders.await_blocked("question m 1");
  loaders.blacklist("n", 1);
  repository->check_blacklist(true);  // returns although "l" never answers
  await_state("n", 1, "END/OK");
  EXPECT_EQ(origin("m"), "/m");
  apply({l, other}, {through("l", "m", {1}), through("o", "n", {1}), files("f", {1, 2})});
  EXPECT_EQ(origin("f"), "/f/2");
  loaders.unblock("question m 1");
}

TEST_F(RepositoryTest, AHangingQuestionCanFailClosed) {
  auto closed = l;
  closed.disable_on_blacklist_error = true;
  RepositoryOptions options;
  options.blacklist_deadline = kSoon;
  start(options);
  apply({closed}, {through("l", "m", {1})});
  await_state("m", 1, "AVAILABLE/OK");
  loaders.block("question m 1");
  repository->check_blacklist(false);
  loaders.await_blocked("question m 1");
  while (state("m", 1) == "AVAILABLE/OK") std::this_thread::yield();
  EXPECT_EQ(code_of([&] { repository->acquire("m", 1); }), ErrorCode::kNotFound);
  loaders.unblock("question m 1");
  while (state("m", 1) != "AVAILABLE/OK") repository->check_blacklist(true);
}

}  // namespace
}  // namespace ovserve::testing
