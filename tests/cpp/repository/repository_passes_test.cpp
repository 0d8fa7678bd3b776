#include <gtest/gtest.h>

#include <thread>

#include "repository/repository_fixture.h"

namespace ovserve::testing {
namespace {

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

TEST_F(RepositoryTest, TheFirstOfTwoEqualNamesWins) {
  start();
  auto other = l;
  other.library_path = "/lib/other.so";
  auto second = through("l", "m", {7});
  apply({l, other}, {through("l", "m", {1}), second});
  EXPECT_EQ(loaders.calls(), Calls({"create l", "load m 1"}));
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

}  // namespace
}  // namespace ovserve::testing
