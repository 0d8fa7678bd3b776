#include "repository/model_repository.h"

#include <utility>

#include "repository/repository_impl.h"

namespace ovserve {

namespace {
constexpr std::chrono::milliseconds kDestructorDeadline{5'000};
}

const char* name_of(VersionState state) noexcept {
  switch (state) {
    case VersionState::kStart:
      return "START";
    case VersionState::kLoading:
      return "LOADING";
    case VersionState::kAvailable:
      return "AVAILABLE";
    case VersionState::kUnloading:
      return "UNLOADING";
    case VersionState::kEnd:
      return "END";
  }
  return "UNKNOWN";
}

std::string VersionStatus::error_message() const { return failed ? "UNKNOWN: " + cause : "OK"; }

ModelRepository::ModelRepository(Engine& engine, LoaderFactory& factory, const RepositoryOptions& options)
    : impl_(std::make_shared<Impl>(engine, factory, options)) {
  impl_->start_monitor();
}

ModelRepository::~ModelRepository() { impl_->stop(kDestructorDeadline); }

PassResult ModelRepository::apply(const DesiredState& desired, bool wait, bool retry_now) {
  return impl_->apply(desired, wait, retry_now);
}

PassResult ModelRepository::check_blacklist(bool wait) { return impl_->check_blacklist(wait); }

ModelLease ModelRepository::acquire(const std::string& model, std::optional<Version> version) {
  return impl_->acquire(model, version);
}

std::optional<ModelLease> ModelRepository::try_acquire(const std::string& model, std::optional<Version> version) {
  return impl_->try_acquire(model, version);
}

void ModelRepository::acquire_async(const std::string& model, std::optional<Version> version, OnLease on_lease,
                                    std::stop_token cancelled) {
  impl_->acquire_async({model, version}, std::move(on_lease), std::move(cancelled));
}

ModelLease ModelRepository::acquire_now(const std::string& model, std::optional<Version> version) {
  return impl_->acquire_now(model, version);
}

ModelStatus ModelRepository::status(const std::string& model, std::optional<Version> version) const {
  return impl_->status(model, version);
}

std::vector<ModelStatus> ModelRepository::all_status() const { return impl_->all_status(); }

bool ModelRepository::stop(std::chrono::milliseconds deadline) { return impl_->stop(deadline); }

}  // namespace ovserve
