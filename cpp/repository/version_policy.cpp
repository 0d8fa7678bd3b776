#include "repository/version_policy.h"

#include <algorithm>
#include <iterator>

namespace ovserve {

std::set<Version> select_versions(const VersionPolicy& policy, const std::set<Version>& available) {
  std::set<Version> selected;
  switch (policy.kind) {
    case VersionPolicy::Kind::kAll:
      return available;
    case VersionPolicy::Kind::kLatest: {
      const auto count = std::min<std::size_t>(policy.num_versions, available.size());
      selected.insert(std::prev(available.end(), static_cast<std::ptrdiff_t>(count)), available.end());
      break;
    }
    case VersionPolicy::Kind::kSpecific:
      std::set_intersection(policy.versions.begin(), policy.versions.end(), available.begin(), available.end(),
                            std::inserter(selected, selected.end()));
      break;
  }
  return selected;
}

}  // namespace ovserve
