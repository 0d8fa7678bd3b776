// What happens to one version: load, load again, unload, end.

#include <utility>

#include "base/log.h"
#include "repository/repository_impl.h"

namespace ovserve {
namespace {

constexpr const char* kLog = "ovserve.repository";

std::string label(const std::string& name, Version version) {
  return "model \"" + name + "\" version " + std::to_string(version);
}

}  // namespace

std::string ModelRepository::Impl::call_label(const LoaderPtr& instance, const char* function,
                                              const std::string& about) {
  return "custom loader \"" + instance->config.name + "\": " + function + (about.empty() ? "" : " for " + about);
}

void ModelRepository::Impl::advance_model_locked(const std::string& name) {
  auto& model = models_.at(name);
  const auto source = source_of_locked(model);
  std::set<Version> available;
  for (const auto& [version, path] : model.available) available.insert(version);
  const auto plan = plan_versions(model.config.version_policy, available, views_locked(model), source);

  for (const Version version : plan.targets) model.versions.try_emplace(version);
  if (source == SourceState::kAbsent) note_absent_source_locked(name, model, plan);
  for (const Version version : plan.end) end_version_locked(name, version, model.versions.at(version));
  for (const Version version : plan.load) begin_load_locked(name, version);
  for (const Version version : plan.reload) {
    if (model.versions.at(version).served.loader) {
      begin_unload_locked(name, version, true);
    } else {
      begin_load_locked(name, version);
    }
  }
  for (const Version version : plan.unload) begin_unload_locked(name, version, false);
  settle_locked(model);
}

SourceState ModelRepository::Impl::source_of_locked(const ModelEntry& model) const {
  if (model.config.loader_name.empty()) return SourceState::kReady;
  const auto found = loaders_.find(model.config.loader_name);
  if (found == loaders_.end() || !found->second.desired) return SourceState::kAbsent;
  if (loader_of_locked(model)) return SourceState::kReady;
  return found->second.coming() ? SourceState::kComing : SourceState::kAbsent;
}

LoadSpec ModelRepository::Impl::wanted_spec_locked(const ModelEntry& model, Version version) const {
  const auto path = model.available.find(version);
  const auto mapping = model.mappings.find(version);
  return {model.config.base_path,
          path == model.available.end() ? std::string() : path->second,
          loader_of_locked(model),
          model.config.loader_options,
          model.config.loader_options_key,
          model.config.options,
          mapping == model.mappings.end() ? std::string() : mapping->second};
}

std::map<Version, VersionView> ModelRepository::Impl::views_locked(const ModelEntry& model) const {
  std::map<Version, VersionView> views;
  for (const auto& [version, entry] : model.versions) {
    const auto wanted = wanted_spec_locked(model, version);
    VersionView view;
    view.serving = entry.serving != nullptr;
    view.stale =
        view.serving && (!entry.served.same_as(wanted) || (!model.config.loader_name.empty() && !wanted.loader));
    view.from_loader = view.serving && entry.served.loader;
    view.busy = entry.busy;
    view.failed = entry.failed_spec && entry.failed_spec->same_as(wanted);
    view.retry_due = entry.retry_due;
    view.refused = view.failed && entry.failed_code == ErrorCode::kFailedPrecondition;
    view.blacklisted = entry.blacklisted && wanted.loader && entry.attempted.same_as(wanted);
    views.emplace(version, view);
  }
  return views;
}

void ModelRepository::Impl::note_absent_source_locked(const std::string& name, ModelEntry& model,
                                                      const VersionPlan& plan) {
  const auto slot = loaders_.find(model.config.loader_name);
  const bool known = slot != loaders_.end() && slot->second.desired && slot->second.current;
  const auto cause = known ? slot->second.current->cause
                           : "custom loader \"" + model.config.loader_name +
                                 "\" is not in custom_loader_config_list; add it or correct loader_name";
  for (const Version version : plan.targets) {
    auto& entry = model.versions.at(version);
    if (entry.busy || entry.serving) continue;
    if (entry.state == VersionState::kEnd && entry.failed && entry.cause == cause) continue;
    entry.state = VersionState::kEnd;
    entry.failed = true;
    entry.failed_code = ErrorCode::kInternal;
    entry.cause = cause;
    entry.reloading = false;
    log(LogLevel::kError, kLog, label(name, version) + " cannot be loaded: " + cause);
    changed_.notify_all();
  }
}

void ModelRepository::Impl::end_version_locked(const std::string& name, Version version, VersionEntry& entry) {
  entry.failed_spec.reset();
  entry.reloading = false;
  if (entry.state == VersionState::kEnd && !entry.failed) return;
  entry.state = VersionState::kEnd;
  entry.failed = false;
  entry.cause.clear();
  entry.logged_cause.clear();
  log(LogLevel::kInfo, kLog, label(name, version) + ": END");
  changed_.notify_all();
}

void ModelRepository::Impl::begin_load_locked(const std::string& name, Version version) {
  auto& model = models_.at(name);
  auto& entry = model.versions.at(version);
  const auto spec = wanted_spec_locked(model, version);
  entry.busy = true;
  entry.retry_due = false;
  entry.blacklisted = false;
  ++entry.attempts;
  ++model.in_flight;
  observer_->load_began(name, version);
  observer_->blacklisted(name, version, false);
  if (!entry.serving) {
    entry.state = VersionState::kLoading;
    entry.failed = false;
    entry.cause.clear();
    changed_.notify_all();
  }
  log(entry.logged_cause.empty() ? LogLevel::kInfo : LogLevel::kDebug, kLog,
      label(name, version) + ": LOADING" + (spec.loader ? " through \"" + spec.loader->config.name + "\"" : ""));
  if (spec.loader) {
    load_with_loader_locked(name, version, spec);
    return;
  }
  pool_.post([self = shared_from_this(), name, version, spec] {
    const auto started = Clock::now();
    try {
      auto loaded = self->engine_.load_files(spec.path, spec.options);
      self->load_done(name, version, spec, std::move(loaded), Clock::now() - started);
    } catch (const Error& error) {
      self->load_failed(name, version, spec, error, Clock::now() - started);
    } catch (...) {
      self->load_failed(name, version, spec, Error(ErrorCode::kInternal, describe_current_exception()),
                        Clock::now() - started);
    }
  });
}

void ModelRepository::Impl::load_with_loader_locked(const std::string& name, Version version, const LoadSpec& spec) {
  auto& model = models_.at(name);
  model.versions.at(version).attempted = spec;
  model.loaders.insert(spec.loader);
  ++spec.loader->users;
  const auto what = call_label(spec.loader, "loadModel", label(name, version));
  spec.loader->thread->post(what, options_.loader_call_deadline, [self = shared_from_this(), name, version, spec] {
    const auto started = Clock::now();
    const auto fail = [self, name, version, spec, started](const Error& error) {
      // The loader was asked to load, so it is told to unload, whatever came of it.
      self->tell_unload(spec.loader, name, version, [self, name, version, spec, error, started] {
        self->load_failed(name, version, spec, error, Clock::now() - started);
      });
    };
    try {
      const auto buffers = std::make_shared<ModelBuffers>();
      {
        const RepositoryLoaderHost::Call running(*spec.loader->host, self->options_.loader_call_deadline,
                                                 RepositoryLoaderHost::Purpose::kServing, name);
        ObservedCall call(*self->observer_, spec.loader->config.name, "loadModel");
        *buffers = spec.loader->loader->load({name, spec.base_path, version, spec.loader_options});
        call.succeeded();
      }
      self->ask_about(spec.loader, name, version);
      self->pool_.post([self, name, version, spec, buffers, fail, started] {
        try {
          ModelOptions options = spec.options;
          options.mapping_directory = spec.path;
          auto loaded = self->engine_.load_buffers(std::move(*buffers), options);
          self->load_done(name, version, spec, std::move(loaded), Clock::now() - started);
        } catch (const Error& error) {
          *buffers = {};  // the loader may count on its memory being gone when unloadModel comes
          fail(error);
        } catch (...) {
          *buffers = {};
          fail(Error(ErrorCode::kInternal, describe_current_exception()));
        }
      });
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kFailedPrecondition) self->ask_about(spec.loader, name, version);
      fail(error);
    } catch (const std::exception& error) {
      fail(Error(ErrorCode::kInternal, error.what()));
    }
  });
}

void ModelRepository::Impl::load_done(const std::string& name, Version version, const LoadSpec& spec,
                                      std::unique_ptr<Model> loaded, Clock::duration took) {
  const Lock lock(mutex_);
  auto& model = models_.at(name);
  auto& entry = model.versions.at(version);
  if (entry.serving) {
    // The new one takes over at once; the old one is freed when its last request is done.
    ++model.in_flight;
    drop_serving_locked(entry, [self = shared_from_this(), name] {
      const Lock relock(self->mutex_);
      auto& of = self->models_.at(name);
      --of.in_flight;
      self->settle_locked(of);
    });
  }
  entry.serving = lend_out(std::move(loaded), entry);
  observer_->load_done(name, version, took);
  entry.served = spec;
  entry.busy = false;
  entry.failed = false;
  entry.cause.clear();
  entry.failed_spec.reset();
  entry.logged_cause.clear();
  if (!entry.blacklisted) {
    entry.state = VersionState::kAvailable;
    entry.reloading = false;
    log(LogLevel::kInfo, kLog,
        label(name, version) + ": AVAILABLE after " +
            std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()) + " ms");
  }
  ++changes_;
  --model.in_flight;
  changed_.notify_all();
  advance_model_locked(name);
}

void ModelRepository::Impl::load_failed(const std::string& name, Version version, const LoadSpec& spec,
                                        const Error& error, Clock::duration took) {
  const Lock lock(mutex_);
  auto& model = models_.at(name);
  auto& entry = model.versions.at(version);
  const std::string cause = error.what();
  observer_->load_failed(name, version);
  entry.busy = false;
  entry.failed_spec = spec;
  entry.failed_code = error.code();
  entry.failed_at = Clock::now();
  entry.attempt = took;
  if (!entry.serving) {
    entry.state = VersionState::kLoading;
    entry.failed = true;
    entry.cause = cause;
    entry.reloading = false;
  }
  if (entry.logged_cause != cause) {
    log(LogLevel::kError, kLog,
        label(name, version) + (entry.serving ? " keeps its last good configuration; the new one" : "") +
            " failed to load: " + cause);
    entry.logged_cause = cause;
  }
  --model.in_flight;
  changed_.notify_all();
  advance_model_locked(name);
}

void ModelRepository::Impl::begin_unload_locked(const std::string& name, Version version, bool reload) {
  auto& model = models_.at(name);
  auto& entry = model.versions.at(version);
  entry.busy = true;
  entry.reloading = reload;
  entry.state = reload ? VersionState::kLoading : VersionState::kUnloading;
  ++model.in_flight;
  log(LogLevel::kInfo, kLog, label(name, version) + (reload ? ": unloading, to load it again" : ": UNLOADING"));
  changed_.notify_all();
  drop_serving_locked(entry, [self = shared_from_this(), name, version, loader = entry.served.loader] {
    const auto done = [self, name, version] { self->unload_done(name, version); };
    if (loader) {
      self->tell_unload(loader, name, version, done);
    } else {
      done();
    }
  });
}

void ModelRepository::Impl::unload_done(const std::string& name, Version version) {
  const Lock lock(mutex_);
  auto& model = models_.at(name);
  auto& entry = model.versions.at(version);
  entry.busy = false;
  entry.served = {};
  ++changes_;
  --model.in_flight;
  if (!entry.reloading) {
    entry.state = VersionState::kEnd;
    entry.failed = false;
    entry.cause.clear();
    log(LogLevel::kInfo, kLog, label(name, version) + ": END");
  }
  changed_.notify_all();
  advance_model_locked(name);
}

void ModelRepository::Impl::tell_unload(const LoaderPtr& loader, const std::string& name, Version version,
                                        std::function<void()> then) {
  const auto what = call_label(loader, "unloadModel", label(name, version));
  loader->thread->post(what, options_.loader_call_deadline,
                       [self = shared_from_this(), loader, name, version, then = std::move(then)] {
                         try {
                           const RepositoryLoaderHost::Call running(*loader->host, self->options_.loader_call_deadline,
                                                                    RepositoryLoaderHost::Purpose::kLeaving, name);
                           ObservedCall call(*self->observer_, loader->config.name, "unloadModel");
                           loader->loader->unload(name, version);
                           call.succeeded();
                         } catch (const std::exception& error) {
                           log(LogLevel::kError, kLog, error.what());
                         }
                         {
                           const Lock lock(self->mutex_);
                           --loader->users;
                         }
                         then();
                         const Lock lock(self->mutex_);
                         self->advance_loader_locked(loader->config.name);
                       });
}

std::shared_ptr<Model> ModelRepository::Impl::lend_out(std::unique_ptr<Model> model, VersionEntry& entry) {
  auto on_freed = std::make_shared<std::function<void()>>();
  entry.on_freed = on_freed;
  // Whoever holds it last, perhaps a request's thread, only hands it to the pool to be freed there.
  return {model.release(), [self = shared_from_this(), on_freed](Model* last) {
            self->pool_.post([last, on_freed] {
              delete last;
              if (*on_freed) (*on_freed)();
            });
          }};
}

void ModelRepository::Impl::drop_serving_locked(VersionEntry& entry, std::function<void()> then) {
  *entry.on_freed = std::move(then);
  entry.on_freed.reset();
  entry.serving.reset();
}

}  // namespace ovserve
