#include "repository/version_plan.h"

#include <algorithm>

namespace ovserve {
namespace {

VersionView view_of(const std::map<Version, VersionView>& versions, Version version) {
  const auto found = versions.find(version);
  return found == versions.end() ? VersionView{} : found->second;
}

bool makes_way(const VersionView& view) { return view.failed && !view.serving && !view.blacklisted && !view.refused; }

/// Failed versions that the policy would pick if they worked.
std::set<Version> failed_choices(const VersionPolicy& policy, const std::set<Version>& healthy,
                                 const std::set<Version>& failed) {
  std::set<Version> choices;
  for (const Version version : failed) {
    auto with = healthy;
    with.insert(version);
    if (select_versions(policy, with).contains(version)) choices.insert(version);
  }
  return choices;
}

void plan_wanted(Version version, const VersionView& view, SourceState source, VersionPlan& plan) {
  if (view.busy) return;
  if (view.serving) {
    const bool held_back = view.failed && !view.retry_due;
    if (!view.stale || held_back) return;
    if (source == SourceState::kAbsent) {
      plan.unload.insert(version);
    } else if (source == SourceState::kReady || view.from_loader) {
      plan.reload.insert(version);
    }
    return;
  }
  if (source == SourceState::kReady && (!view.failed || view.retry_due)) plan.load.insert(version);
}

}  // namespace

VersionPlan plan_versions(const VersionPolicy& policy, const std::set<Version>& available,
                          const std::map<Version, VersionView>& versions, SourceState source) {
  std::set<Version> healthy;
  std::set<Version> failed;
  for (const Version version : available) {
    (makes_way(view_of(versions, version)) ? failed : healthy).insert(version);
  }
  auto wanted = select_versions(policy, healthy);
  wanted.merge(failed_choices(policy, healthy, failed));

  VersionPlan plan;
  for (const Version version : wanted) {
    const auto view = view_of(versions, version);
    if (view.blacklisted) continue;
    plan.targets.insert(version);
    plan_wanted(version, view, source, plan);
  }

  // A failed version that is merely tried again is no replacement worth waiting for: what serves
  // beside it was picked in its place.
  const bool replacement_coming = std::any_of(plan.targets.begin(), plan.targets.end(), [&](Version version) {
    const auto view = view_of(versions, version);
    return !view.serving && !view.failed && source != SourceState::kAbsent;
  });
  for (const auto& [version, view] : versions) {
    if (view.busy || plan.targets.contains(version)) continue;
    if (!view.serving) {
      plan.end.insert(version);
    } else if (view.blacklisted || !replacement_coming) {
      plan.unload.insert(version);
    }
  }
  return plan;
}

}  // namespace ovserve
