#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/model.h"
#include "loader/loader.h"
#include "repository/repository_observer.h"
#include "repository/version_policy.h"

namespace ovserve {

/// State of one model version, with the numbers of tensorflow.serving.ModelVersionStatus.State.
enum class VersionState { kStart = 10, kLoading = 20, kAvailable = 30, kUnloading = 40, kEnd = 50 };

/// "START", "LOADING", "AVAILABLE", "UNLOADING", "END".
const char* name_of(VersionState state) noexcept;

/// What status APIs show of one version.
struct VersionStatus {
  Version version = 0;
  VersionState state = VersionState::kStart;
  bool failed = false;  ///< error_code UNKNOWN (2) instead of OK (0)
  std::string cause;    ///< in words; empty unless failed

  /// "OK", or "UNKNOWN: " and the cause.
  std::string error_message() const;
};

/// A model and all its versions that the server has ever known, ascending.
struct ModelStatus {
  std::string name;
  std::vector<VersionStatus> versions;
};

/// One model_config_list entry, resolved, with what exists on disk.
struct ModelConfig {
  std::string name;
  std::string base_path;           ///< handed to loaders; version directories lie below it
  std::string loader_name;         ///< empty: read from files
  std::string loader_options;      ///< compact JSON as the loader gets it
  std::string loader_options_key;  ///< the same in canonical order: a change of order alone is none
  ModelOptions options;
  VersionPolicy version_policy;
  /// Version number -> directory or file that holds it. Not given: base_path could not be read
  /// this time, so what is served stays.
  std::optional<std::map<Version, std::string>> versions;
  /// Version number -> what tells one content of its mapping_config.json from another; none: no such file.
  std::map<Version, std::string> mappings;
  /// Not empty: why this entry cannot be honoured. The model then keeps what it has.
  std::string problem;
};

/// Everything that should be served.
struct DesiredState {
  std::vector<LoaderConfig> loaders;
  std::vector<ModelConfig> models;
};

/// What one pass did, once it was carried out.
struct PassResult {
  struct Failure {
    std::string model;    ///< empty for a failed loader
    Version version = 0;  ///< 0 for a failed loader
    ErrorCode code = ErrorCode::kInternal;
    std::string cause;
  };

  bool changed = false;  ///< a version was loaded, reloaded or taken out, or a loader came or went
  std::vector<Failure> failures;
};

struct RepositoryOptions {
  /// How long a request waits for a version that is being loaded.
  std::chrono::milliseconds load_wait{10'000};
  /// How many requests to one model may wait for a load at the same time; more are refused.
  std::size_t max_waiting_requests = 8;
  /// A call into a loader that takes longer is reported, and no longer waited for.
  std::chrono::milliseconds loader_call_deadline{60'000};
  /// The same for the blacklist question.
  std::chrono::milliseconds blacklist_deadline{5'000};
  /// Threads that read and compile models.
  std::size_t load_threads = 2;
  /// Is told what happens; none: nobody.
  std::shared_ptr<RepositoryObserver> observer;
};

/// A version lent to one request. While it lives, the model is not freed.
struct ModelLease {
  std::shared_ptr<Model> model;
  Version version = 0;
};

/// Which models and versions are served.
///
/// One place compares what is wanted with what is, and carries the difference out: loads before
/// unloads where both fit, running requests finish before anything is freed. Loads run on threads
/// of their own, so requests and status questions never wait for another model's load.
/// All functions may be called from any thread.
class ModelRepository {
 public:
  /// `engine` and `factory` must outlive the repository.
  ModelRepository(Engine& engine, LoaderFactory& factory, const RepositoryOptions& options = {});
  /// Stops with a short deadline if stop() was not called.
  ~ModelRepository();

  ModelRepository(const ModelRepository&) = delete;
  ModelRepository& operator=(const ModelRepository&) = delete;

  /// Begins to serve exactly `desired`: loads, reloads and unloads what differs, tries failed loads
  /// and loaders again. Duplicate names: the first wins, an error line names the other.
  /// With `wait`, returns when everything that follows from it is carried out, or overdue (see
  /// loader_call_deadline); without, at once with an empty result.
  /// `retry_now`: failed loads are tried again even if they failed a moment ago.
  PassResult apply(const DesiredState& desired, bool wait, bool retry_now);

  /// Asks every loader about every version ever registered with it and takes out or brings back
  /// what changed. `wait` as in apply; a loader whose earlier question hangs is not asked again.
  PassResult check_blacklist(bool wait);

  /// Lends a version for one inference. Without a version: the highest that is available.
  /// Waits up to load_wait for one that is being loaded or reloaded.
  /// Throws Error: kNotFound (unknown model or version, blacklisted, retired, none available),
  /// kUnavailable (not loaded in time, too many waiting, stopping).
  ModelLease acquire(const std::string& model, std::optional<Version> version);

  /// Like acquire, but never waits: for metadata.
  ModelLease acquire_now(const std::string& model, std::optional<Version> version);

  /// All versions ever known, or the one asked for. Throws Error(kNotFound).
  ModelStatus status(const std::string& model, std::optional<Version> version = std::nullopt) const;

  /// Every model ever known, sorted by name.
  std::vector<ModelStatus> all_status() const;

  /// Takes everything out (retire, drain, free, unload), tells the loaders, joins the threads.
  /// After `deadline`, what still runs is abandoned; returns false then. No call may follow.
  bool stop(std::chrono::milliseconds deadline);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace ovserve
