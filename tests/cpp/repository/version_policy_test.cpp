#include "repository/version_policy.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

using Versions = std::set<Version>;

TEST(VersionPolicy, LatestPicksTheHighest) {
  EXPECT_EQ(select_versions({}, {1, 5, 12}), Versions({12}));
  EXPECT_EQ(select_versions({VersionPolicy::Kind::kLatest, 2, {}}, {1, 5, 12}), Versions({5, 12}));
}

TEST(VersionPolicy, LatestOfMoreThanThereAreIsAll) {
  EXPECT_EQ(select_versions({VersionPolicy::Kind::kLatest, 9, {}}, {1, 5}), Versions({1, 5}));
  EXPECT_EQ(select_versions({}, {}), Versions());
}

TEST(VersionPolicy, AllPicksEverything) {
  EXPECT_EQ(select_versions({VersionPolicy::Kind::kAll, 1, {}}, {3, 4}), Versions({3, 4}));
}

TEST(VersionPolicy, SpecificPicksWhatExists) {
  EXPECT_EQ(select_versions({VersionPolicy::Kind::kSpecific, 1, {4, 2, 9}}, {1, 2, 4}), Versions({2, 4}));
}

}  // namespace
}  // namespace ovserve
