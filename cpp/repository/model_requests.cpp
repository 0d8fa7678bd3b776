// What requests ask of the repository: leases and status.

#include <algorithm>
#include <chrono>
#include <utility>

#include "repository/repository_impl.h"

namespace ovserve {
namespace {

// Clients match on these texts, which are OpenVINO Model Server's.
constexpr const char* kNoSuchModel = "Model with requested name is not found";
constexpr const char* kNoSuchVersion = "Model with requested version is not found";
constexpr const char* kRetired = "Model with requested version is retired";
constexpr const char* kNotLoadedYet = "Model with requested version is not loaded yet";

/// The version that requests without one get, be it that it is just being loaded again.
std::map<Version, VersionEntry>::iterator default_version(ModelEntry& model) {
  for (auto it = model.versions.end(); it != model.versions.begin();) {
    --it;
    if (it->second.state == VersionState::kAvailable || it->second.reloading) return it;
  }
  return model.versions.end();
}

VersionStatus status_of(Version version, const VersionEntry& entry) {
  return {version, entry.state, entry.failed, entry.cause};
}

/// Counts a request that waits for a load, for as long as it waits.
class WaitingRequest {
 public:
  explicit WaitingRequest(std::size_t& count) : count_(count) { ++count_; }
  ~WaitingRequest() { --count_; }
  WaitingRequest(const WaitingRequest&) = delete;
  WaitingRequest& operator=(const WaitingRequest&) = delete;

 private:
  std::size_t& count_;
};

std::string with_cause(const char* text, const VersionEntry& entry) {
  return entry.failed ? std::string(text) + " - " + entry.cause : text;
}

}  // namespace

std::optional<ModelLease> ModelRepository::Impl::Found::lease() const {
  if (entry.state != VersionState::kAvailable) return std::nullopt;
  return ModelLease{entry.serving, version};
}

void ModelRepository::Impl::Found::refuse() const {
  throw Error(ErrorCode::kUnavailable, with_cause(kNotLoadedYet, entry));
}

// What is found is available, or worth waiting for.
ModelRepository::Impl::Found ModelRepository::Impl::find_locked(const std::string& model_name,
                                                                std::optional<Version> version) {
  if (stopping_) throw Error(ErrorCode::kUnavailable, "The server is stopping");
  const auto model = models_.find(model_name);
  if (model == models_.end()) throw Error(ErrorCode::kNotFound, kNoSuchModel);
  auto& versions = model->second.versions;
  const auto found = version ? versions.find(*version) : default_version(model->second);
  if (found == versions.end()) throw Error(ErrorCode::kNotFound, kNoSuchVersion);
  auto& entry = found->second;
  if (entry.state == VersionState::kEnd || entry.state == VersionState::kUnloading) {
    throw Error(ErrorCode::kNotFound, with_cause(kRetired, entry));
  }
  return {model->second, entry, found->first};
}

void ModelRepository::Impl::check_may_wait_locked(const ModelEntry& model) const {
  if (model.waiting < options_.max_waiting_requests) return;
  throw Error(ErrorCode::kUnavailable, std::string(kNotLoadedYet) + " - too many requests wait for it already");
}

std::optional<ModelLease> ModelRepository::Impl::try_acquire(const std::string& model, std::optional<Version> version) {
  const Lock lock(mutex_);
  return find_locked(model, version).lease();
}

ModelLease ModelRepository::Impl::acquire_now(const std::string& model, std::optional<Version> version) {
  const Lock lock(mutex_);
  const Found found = find_locked(model, version);
  if (auto lease = found.lease()) return *std::move(lease);
  found.refuse();
}

ModelLease ModelRepository::Impl::acquire(const std::string& model, std::optional<Version> version) {
  Lock lock(mutex_);
  std::optional<WaitingRequest> waiting;
  Clock::time_point give_up_at;
  for (;;) {
    const Found found = find_locked(model, version);
    if (auto lease = found.lease()) return *std::move(lease);
    if (!waiting) {
      if (options_.load_wait.count() == 0) found.refuse();
      check_may_wait_locked(found.model);
      waiting.emplace(found.model.waiting);
      give_up_at = Clock::now() + options_.load_wait;
    } else if (Clock::now() >= give_up_at) {
      found.refuse();
    }
    changed_.wait_until(lock, give_up_at);
  }
}

ModelStatus ModelRepository::Impl::status(const std::string& model, std::optional<Version> version) const {
  const Lock lock(mutex_);
  const auto found = models_.find(model);
  if (found == models_.end()) throw Error(ErrorCode::kNotFound, kNoSuchModel);
  ModelStatus status{model, {}};
  if (version) {
    const auto entry = found->second.versions.find(*version);
    if (entry == found->second.versions.end()) throw Error(ErrorCode::kNotFound, kNoSuchVersion);
    status.versions.push_back(status_of(*version, entry->second));
  } else {
    for (const auto& [number, entry] : found->second.versions) status.versions.push_back(status_of(number, entry));
  }
  return status;
}

std::vector<ModelStatus> ModelRepository::Impl::all_status() const {
  const Lock lock(mutex_);
  std::vector<ModelStatus> all;
  for (const auto& [name, model] : models_) {
    ModelStatus status{name, {}};
    for (const auto& [number, entry] : model.versions) status.versions.push_back(status_of(number, entry));
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace ovserve
