#pragma once

#include <map>
#include <set>

#include "repository/version_policy.h"

namespace ovserve {

/// Whether the source of a model's versions can be used just now.
enum class SourceState {
  kReady,   ///< files, or a loader that is initialised
  kComing,  ///< a loader that is being made, or replaced by a new one
  kAbsent,  ///< no such loader, or it failed: nothing can be loaded
};

/// What planning needs to know about one version.
struct VersionView {
  bool serving = false;      ///< a compiled model is in place
  bool stale = false;        ///< serving, but not what the configuration wants now
  bool from_loader = false;  ///< serving what a loader handed over: to be given back before a new load
  bool busy = false;         ///< an operation is under way; decide again when it is done
  bool failed = false;       ///< the last load of what is wanted failed
  bool retry_due = false;    ///< failed, and may be tried again in this pass
  bool refused = false;      ///< failed because its loader refused to load a blacklisted version
  bool blacklisted = false;  ///< its loader says that it must not be served
};

struct VersionPlan {
  std::set<Version> targets;  ///< should be served
  std::set<Version> load;     ///< not served yet: load
  std::set<Version> reload;   ///< served, but stale: load again
  std::set<Version> unload;   ///< served: take out
  std::set<Version> end;      ///< neither served nor wanted: nothing to do but to say so
};

/// What must change so that exactly what `policy` picks of `available` is served. Pure: no lock or clock.
///
/// A failed load makes way for the next choice of the policy but is tried again; a blacklisted
/// version does not make way, so that taking out the newest never brings an older one back.
/// An unwanted version stays until its replacement is loaded, so that a swap leaves no gap.
VersionPlan plan_versions(const VersionPolicy& policy, const std::set<Version>& available,
                          const std::map<Version, VersionView>& versions, SourceState source);

}  // namespace ovserve
