#include "repository/version_plan.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

using Versions = std::set<Version>;
using Views = std::map<Version, VersionView>;

const VersionPolicy kLatest{};
const VersionPolicy kAll{VersionPolicy::Kind::kAll, 1, {}};

VersionView serving() { return {.serving = true}; }
VersionView failed() { return {.failed = true}; }

VersionPlan plan(const VersionPolicy& policy, const Versions& available, const Views& views,
                 SourceState source = SourceState::kReady) {
  return plan_versions(policy, available, views, source);
}

TEST(VersionPlan, LoadsWhatIsWanted) {
  const auto result = plan(kAll, {1, 2}, {{1, serving()}});
  EXPECT_EQ(result.load, Versions({2}));
  EXPECT_TRUE(result.unload.empty());
}

TEST(VersionPlan, OldVersionStaysUntilTheNewOneServes) {
  EXPECT_TRUE(plan(kLatest, {1, 2}, {{1, serving()}}).unload.empty());
  EXPECT_TRUE(plan(kLatest, {1, 2}, {{1, serving()}, {2, {.busy = true}}}).unload.empty());
  EXPECT_EQ(plan(kLatest, {1, 2}, {{1, serving()}, {2, serving()}}).unload, Versions({1}));
}

TEST(VersionPlan, FailedVersionMakesWayForTheNextChoice) {
  const auto result = plan(kLatest, {1, 2}, {{2, failed()}});
  EXPECT_EQ(result.load, Versions({1}));
  EXPECT_EQ(result.targets, Versions({1, 2}));
}

TEST(VersionPlan, FallbackServesOnWhileTheFailedOneIsTriedAgain) {
  const Views views{{1, serving()}, {2, {.failed = true, .retry_due = true}}};
  const auto result = plan(kLatest, {1, 2}, views);
  EXPECT_EQ(result.load, Versions({2}));
  EXPECT_TRUE(result.unload.empty());
  const Views retrying{{1, serving()}, {2, {.busy = true, .failed = true}}};
  EXPECT_TRUE(plan(kLatest, {1, 2}, retrying).unload.empty());
}

TEST(VersionPlan, FailedVersionIsNotTriedAgainBeforeItIsDue) {
  EXPECT_TRUE(plan(kLatest, {2}, {{2, failed()}}).load.empty());
}

TEST(VersionPlan, BlacklistedVersionBringsNoOlderOneBack) {
  const Views views{{2, {.serving = true, .blacklisted = true}}};
  const auto result = plan(kLatest, {1, 2}, views);
  EXPECT_EQ(result.unload, Versions({2}));
  EXPECT_TRUE(result.load.empty());
}

TEST(VersionPlan, VersionThatItsLoaderRefusedBringsNoOlderOneBack) {
  const auto result = plan(kLatest, {1, 2}, {{2, {.failed = true, .refused = true}}});
  EXPECT_TRUE(result.load.empty());
  EXPECT_EQ(result.targets, Versions({2}));
}

TEST(VersionPlan, BlacklistedVersionDoesNotWaitForAReplacement) {
  const Views views{{1, {.serving = true, .blacklisted = true}}, {2, {.busy = true}}};
  EXPECT_EQ(plan(kAll, {1, 2}, views).unload, Versions({1}));
}

TEST(VersionPlan, StaleVersionIsLoadedAgain) {
  const Views stale{{1, {.serving = true, .stale = true}}};
  EXPECT_EQ(plan(kLatest, {1}, stale).reload, Versions({1}));
}

TEST(VersionPlan, FilesServeOnWhileTheLoaderIsComing) {
  const Views files{{1, {.serving = true, .stale = true}}};
  EXPECT_TRUE(plan(kLatest, {1}, files, SourceState::kComing).reload.empty());
  const Views loaded{{1, {.serving = true, .stale = true, .from_loader = true}}};
  EXPECT_EQ(plan(kLatest, {1}, loaded, SourceState::kComing).reload, Versions({1}));
}

TEST(VersionPlan, WithoutALoaderEverythingIsTakenOut) {
  const Views views{{1, {.serving = true, .stale = true, .from_loader = true}}};
  const auto result = plan(kLatest, {1}, views, SourceState::kAbsent);
  EXPECT_EQ(result.unload, Versions({1}));
  EXPECT_TRUE(plan(kLatest, {1}, {}, SourceState::kAbsent).load.empty());
}

TEST(VersionPlan, StaleVersionWhoseNewConfigurationFailsServesOn) {
  const Views views{{1, {.serving = true, .stale = true, .failed = true}}};
  const auto result = plan(kLatest, {1}, views);
  EXPECT_TRUE(result.reload.empty());
  EXPECT_TRUE(result.unload.empty());
}

TEST(VersionPlan, BusyVersionsAreLeftAlone) {
  const auto result = plan(kLatest, {}, {{1, {.serving = true, .busy = true}}});
  EXPECT_TRUE(result.unload.empty());
  EXPECT_TRUE(result.end.empty());
}

TEST(VersionPlan, UnwantedVersionsThatDoNotServeEnd) {
  EXPECT_EQ(plan(kLatest, {2}, {{1, failed()}, {2, serving()}}).end, Versions({1}));
}

}  // namespace
}  // namespace ovserve
