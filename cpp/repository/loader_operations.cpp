// What happens to one loader: it is made, it leaves.

#include <utility>

#include "base/log.h"
#include "repository/repository_impl.h"

namespace ovserve {
namespace {
constexpr const char* kLog = "ovserve.repository";
}

LoaderPtr ModelRepository::Impl::loader_of_locked(const ModelEntry& model) const {
  const auto found = loaders_.find(model.config.loader_name);
  if (found == loaders_.end()) return nullptr;
  const auto& slot = found->second;
  const bool usable = slot.current && slot.current->usable() && slot.desired == slot.current->config;
  return usable ? slot.current : nullptr;
}

std::shared_ptr<TaskThread> ModelRepository::Impl::thread_of_locked(const LoaderConfig& config) {
  auto& thread = threads_[factory_.library_key(config)];
  if (!thread) thread = std::make_shared<TaskThread>();
  return thread;
}

void ModelRepository::Impl::advance_loader_locked(const std::string& name) {
  const auto found = loaders_.find(name);
  if (found == loaders_.end()) return;
  auto& slot = found->second;
  if (slot.current && slot.desired != slot.current->config) {
    const auto instance = slot.current;
    if (instance->host) instance->host->cancel();
    if (instance->state == LoaderInstance::State::kFailed) {
      slot.current.reset();
    } else if (instance->state == LoaderInstance::State::kReady) {
      instance->state = LoaderInstance::State::kLeaving;
      log(LogLevel::kInfo, kLog, "custom loader \"" + name + "\" leaves");
      retire_models_locked(instance);
    }
    if (instance->state == LoaderInstance::State::kLeaving) end_loader_locked(name, instance);
  }
  if (slot.current) return;
  if (slot.desired) {
    create_loader_locked(slot, *slot.desired);
  } else {
    loaders_.erase(found);
    changed_.notify_all();
  }
}

void ModelRepository::Impl::create_loader_locked(LoaderSlot& slot, const LoaderConfig& config) {
  const std::string name = config.name;
  auto instance = std::make_shared<LoaderInstance>();
  instance->config = config;
  slot.current = instance;
  if (!instance->config.problem.empty()) {
    instance->state = LoaderInstance::State::kFailed;
    instance->cause = "custom loader \"" + name + "\": " + instance->config.problem;
    if (std::exchange(slot.logged_cause, instance->cause) != instance->cause) {
      log(LogLevel::kError, kLog, instance->cause);
    }
    return;
  }
  instance->thread = thread_of_locked(instance->config);
  instance->host = std::make_shared<RepositoryLoaderHost>(name, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->blacklist_change_told();
  });
  instance->thread->post(call_label(instance, "createCustomLoader and loaderInit", ""), options_.loader_call_deadline,
                         [self = shared_from_this(), name, instance] {
                           const auto started = Clock::now();
                           std::string cause;
                           try {
                             const RepositoryLoaderHost::Call running(*instance->host,
                                                                      self->options_.loader_call_deadline,
                                                                      RepositoryLoaderHost::Purpose::kServing, "");
                             ObservedCall call(*self->observer_, name, "loaderInit");
                             instance->loader = self->factory_.create(instance->config, instance->host);
                             call.succeeded();
                           } catch (const std::exception& error) {
                             cause = error.what();
                           }
                           self->loader_created(name, instance, cause, Clock::now() - started);
                         });
}

void ModelRepository::Impl::loader_created(const std::string& name, const LoaderPtr& instance, const std::string& cause,
                                           Clock::duration took) {
  const Lock lock(mutex_);
  auto& slot = loaders_.at(name);
  ++changes_;
  if (cause.empty()) {
    instance->state = LoaderInstance::State::kReady;
    slot.logged_cause.clear();
    log(LogLevel::kInfo, kLog, "custom loader \"" + name + "\" is ready: " + instance->config.library_path);
  } else {
    instance->state = LoaderInstance::State::kFailed;
    instance->cause = cause;
    instance->failed_at = Clock::now();
    instance->attempt = took;
    if (std::exchange(slot.logged_cause, cause) != cause) {
      log(LogLevel::kError, kLog, cause);
    } else {
      --changes_;  // failing again as before is no change
    }
  }
  changed_.notify_all();
  advance_loader_locked(name);
  advance_models_of_locked(name);
}

void ModelRepository::Impl::advance_models_of_locked(const std::string& loader_name) {
  for (const auto& name : std::vector<std::string>(model_order_)) {
    if (models_.at(name).config.loader_name == loader_name) advance_model_locked(name);
  }
}

void ModelRepository::Impl::retire_models_locked(const LoaderPtr& instance) {
  for (auto& [name, model] : models_) {
    if (model.loaders.contains(instance)) retire_locked(name, model, instance);
  }
}

void ModelRepository::Impl::retire_locked(const std::string& model_name, ModelEntry& model, const LoaderPtr& instance) {
  model.loaders.erase(instance);
  ++model.in_flight;
  ++instance->users;
  instance->thread->post(call_label(instance, "retireModel", "model \"" + model_name + "\""),
                         options_.loader_call_deadline, [self = shared_from_this(), model_name, instance] {
                           try {
                             const RepositoryLoaderHost::Call running(
                                 *instance->host, self->options_.loader_call_deadline,
                                 RepositoryLoaderHost::Purpose::kLeaving, model_name);
                             ObservedCall call(*self->observer_, instance->config.name, "retireModel");
                             instance->loader->retire(model_name);
                             call.succeeded();
                           } catch (const std::exception& error) {
                             log(LogLevel::kError, kLog, error.what());
                           }
                           const Lock lock(self->mutex_);
                           --instance->users;
                           --self->models_.at(model_name).in_flight;
                           self->advance_model_locked(model_name);
                           self->advance_loader_locked(instance->config.name);
                         });
}

void ModelRepository::Impl::end_loader_locked(const std::string& name, const LoaderPtr& instance) {
  if (instance->users > 0 || std::exchange(instance->ending, true)) return;
  instance->thread->post(call_label(instance, "loaderDeInit", ""), options_.loader_call_deadline,
                         [self = shared_from_this(), name, instance] {
                           {
                             const RepositoryLoaderHost::Call running(*instance->host,
                                                                      self->options_.loader_call_deadline,
                                                                      RepositoryLoaderHost::Purpose::kLeaving, "");
                             try {
                               ObservedCall call(*self->observer_, name, "loaderDeInit");
                               instance->loader->deinit();
                               call.succeeded();
                             } catch (const std::exception& error) {
                               log(LogLevel::kError, kLog, error.what());
                             }
                             instance->loader.reset();
                           }
                           const Lock lock(self->mutex_);
                           instance->state = LoaderInstance::State::kGone;
                           log(LogLevel::kInfo, kLog, "custom loader \"" + name + "\" is gone");
                           ++self->changes_;
                           auto& slot = self->loaders_.at(name);
                           if (slot.current == instance) slot.current.reset();
                           self->changed_.notify_all();
                           self->advance_loader_locked(name);
                           self->advance_models_of_locked(name);
                         });
}

}  // namespace ovserve
