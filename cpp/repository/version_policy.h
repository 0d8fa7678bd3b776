#pragma once

#include <cstdint>
#include <set>

namespace ovserve {

using Version = std::int64_t;

/// Which of a model's versions should be served.
struct VersionPolicy {
  enum class Kind { kAll, kLatest, kSpecific };

  Kind kind = Kind::kLatest;
  std::uint32_t num_versions = 1;  ///< kLatest only
  std::set<Version> versions;      ///< kSpecific only

  friend bool operator==(const VersionPolicy&, const VersionPolicy&) = default;
};

/// The versions of `available` that `policy` picks. Pure.
std::set<Version> select_versions(const VersionPolicy& policy, const std::set<Version>& available);

}  // namespace ovserve
