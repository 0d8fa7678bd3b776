#include <gtest/gtest.h>

#include "repository/repository_fixture.h"

namespace ovserve::testing {
namespace {

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

}  // namespace
}  // namespace ovserve::testing
