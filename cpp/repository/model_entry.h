#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "repository/loader_slot.h"
#include "repository/model_repository.h"
#include "repository/version_plan.h"

namespace ovserve {

/// Everything that a load depends on: two equal ones give the same model.
struct LoadSpec {
  std::string base_path;
  std::string path;
  LoaderPtr loader;  ///< none: from files
  std::string loader_options;
  std::string loader_options_key;
  ModelOptions options;
  std::string mapping;  ///< as in ModelConfig::mappings; empty: none

  /// The options' text is left out: only their canonical form counts.
  bool same_as(const LoadSpec& other) const {
    return base_path == other.base_path && path == other.path && loader == other.loader &&
           loader_options_key == other.loader_options_key && options == other.options && mapping == other.mapping;
  }
};

/// One version of one model.
///
///   START -> LOADING -> AVAILABLE -> UNLOADING -> END
///               |  ^        |  (same version again: LOADING while requests wait)
///   failed load +--+ retry  END -> LOADING when wanted again
struct VersionEntry {
  VersionState state = VersionState::kStart;
  bool failed = false;  ///< as shown
  std::string cause;    ///< as shown

  bool busy = false;         ///< a load or an unload is under way
  bool reloading = false;    ///< was available and will be again: requests without a version wait too
  bool blacklisted = false;  ///< the loader's last answer about `attempted`

  std::shared_ptr<Model> serving;  ///< lent to requests; none: not served
  LoadSpec served;                 ///< what `serving` was made from
  /// Called when the last holder of `serving` is gone; set before it is dropped here.
  std::shared_ptr<std::function<void()>> on_freed;

  /// What a loader was last asked to load: the blacklist question is about that, not about what
  /// another loader or other options would give.
  LoadSpec attempted;
  std::uint64_t attempts = 0;           ///< loads begun; an answer to an earlier question is out of date
  std::optional<LoadSpec> failed_spec;  ///< what the last load failed for; none after a success
  ErrorCode failed_code = ErrorCode::kInternal;
  TaskThread::Clock::time_point failed_at;
  TaskThread::Clock::duration attempt{};
  bool retry_due = false;
  std::string logged_cause;  ///< the failure that was logged last
};

/// One model: what is wanted, and its versions ever known.
struct ModelEntry {
  ModelConfig config;
  bool configured = false;  ///< false: removed, but still listed
  std::map<Version, std::string> available;
  std::map<Version, std::string> mappings;  ///< of the available versions
  std::map<Version, VersionEntry> versions;
  std::set<LoaderPtr> loaders;     ///< were asked to load it, and not yet told that it retired
  std::size_t in_flight = 0;       ///< operations and questions under way
  std::size_t waiting = 0;         ///< requests that wait for a load
  std::uint64_t settled_pass = 0;  ///< the last pass whose consequences are carried out
  std::string problem;             ///< why the newest configuration entry is not honoured
};

}  // namespace ovserve
