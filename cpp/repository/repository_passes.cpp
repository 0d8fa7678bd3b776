// Passes: take over what is wanted, let everything advance, wait until it is carried out.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "repository/repository_impl.h"

namespace ovserve {
namespace {

constexpr const char* kLog = "ovserve.repository";
constexpr std::chrono::milliseconds kMonitorPeriod{200};
constexpr std::chrono::seconds kLongestRetryPause{5};

/// A load that fails fast is tried again in every pass, a slow one at most a third of the time.
bool retry_due(TaskThread::Clock::time_point failed_at, TaskThread::Clock::duration attempt) {
  const auto pause = std::min<TaskThread::Clock::duration>(2 * attempt, kLongestRetryPause);
  return TaskThread::Clock::now() - failed_at >= pause;
}

}  // namespace

ModelRepository::Impl::Impl(Engine& engine, LoaderFactory& factory, const RepositoryOptions& options)
    : engine_(engine),
      factory_(factory),
      options_(options),
      observer_(options.observer ? options.observer : std::make_shared<RepositoryObserver>()),
      pool_(std::max<std::size_t>(1, options.load_threads)) {}

void ModelRepository::Impl::start_monitor() { monitor_ = std::thread(&Impl::monitor, this); }

PassResult ModelRepository::Impl::apply(const DesiredState& desired, bool wait, bool retry_now) {
  Lock lock(mutex_);
  if (stopping_) return {};
  const auto changes_before = changes_;
  take_over_locked(desired);
  mark_retries_locked(retry_now);
  const auto pass = ++pass_;
  advance_all_locked();
  if (!wait) return {};
  await_pass(lock, pass);
  return result_locked(changes_before);
}

PassResult ModelRepository::Impl::check_blacklist(bool wait) {
  Lock lock(mutex_);
  if (stopping_) return {};
  const auto changes_before = changes_;
  const auto pass = ++pass_;
  ask_all_locked(wait);
  for (auto& [name, model] : models_) settle_locked(model);
  if (!wait) return {};
  await_pass(lock, pass);
  return result_locked(changes_before);
}

bool ModelRepository::Impl::stop(std::chrono::milliseconds deadline) {
  const auto give_up_at = Clock::now() + deadline;
  const auto remaining = [&] {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(give_up_at - Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
  };
  bool clean = true;
  std::map<std::string, std::shared_ptr<TaskThread>> threads;
  {
    Lock lock(mutex_);
    if (stopped_) return true;
    stopping_ = true;
    take_over_locked({});
    const auto pass = ++pass_;
    advance_all_locked();
    changed_.notify_all();
    const auto all_gone = [&] {
      const bool settled = std::all_of(models_.begin(), models_.end(),
                                       [&](const auto& model) { return model.second.settled_pass >= pass; });
      return settled && loaders_.empty();
    };
    clean = changed_.wait_until(lock, give_up_at, all_gone);
    stopped_ = true;
    changed_.notify_all();
    threads = threads_;
  }
  if (monitor_.joinable()) monitor_.join();
  for (auto& [key, thread] : threads) clean = thread->finish(remaining()) && clean;
  return pool_.finish(remaining()) && clean;
}

void ModelRepository::Impl::take_over_locked(const DesiredState& desired) {
  take_over_loaders_locked(desired.loaders);
  take_over_models_locked(desired.models);
}

void ModelRepository::Impl::take_over_loaders_locked(const std::vector<LoaderConfig>& loaders) {
  std::set<std::string> named;
  for (const auto& config : loaders) {
    if (!named.insert(config.name).second) {
      if (logged_duplicates_.insert("loader " + config.name).second) {
        log(LogLevel::kError, kLog,
            "custom loader \"" + config.name + "\" is configured twice; the first entry counts");
      }
      continue;
    }
    loaders_[config.name].desired = config;
  }
  for (auto& [name, slot] : loaders_) {
    if (!named.contains(name)) slot.desired.reset();
  }
}

void ModelRepository::Impl::take_over_models_locked(const std::vector<ModelConfig>& models) {
  std::set<std::string> named;
  model_order_.clear();
  for (const auto& config : models) {
    if (!named.insert(config.name).second) {
      if (logged_duplicates_.insert("model " + config.name).second) {
        log(LogLevel::kError, kLog, "model \"" + config.name + "\" is configured twice; the first entry counts");
      }
      continue;
    }
    model_order_.push_back(config.name);
    auto& model = models_[config.name];
    if (config.problem != model.problem && !config.problem.empty()) {
      log(LogLevel::kError, kLog, "model \"" + config.name + "\": " + config.problem);
    }
    model.problem = config.problem;
    const bool first_seen = !std::exchange(model.configured, true);
    if (first_seen) {
      observer_->model_configured(config.name);
      for (auto& [loader_name, slot] : loaders_) {
        if (slot.current && slot.current->host) slot.current->host->set_wanted(config.name, true);
      }
    }
    if (!config.problem.empty() && !first_seen) continue;  // what it has goes on being served
    const bool unreadable = !config.problem.empty() || !config.versions;
    if (unreadable && !first_seen && config.base_path != model.config.base_path) continue;
    model.config = config;
    if (unreadable || !config.versions) continue;
    model.available = *config.versions;
    model.mappings = config.mappings;
  }
  for (auto& [name, model] : models_) {
    if (named.contains(name) || !std::exchange(model.configured, false)) continue;
    observer_->model_removed(name);
    model.available.clear();
    model.problem.clear();
    const auto told = model.loaders;
    for (const auto& instance : told) {
      instance->host->set_wanted(name, false);
      retire_locked(name, model, instance);
    }
  }
}

void ModelRepository::Impl::mark_retries_locked(bool retry_now) {
  for (auto& [name, model] : models_) {
    for (auto& [version, entry] : model.versions) {
      // For a load under way that fails, "now" means once more: it may have begun before the cure.
      if (retry_now || (entry.failed_spec && !entry.busy && retry_due(entry.failed_at, entry.attempt))) {
        entry.retry_due = true;
      }
    }
  }
  for (auto& [name, slot] : loaders_) {
    if (!slot.current || slot.current->state != LoaderInstance::State::kFailed) continue;
    if (retry_now || retry_due(slot.current->failed_at, slot.current->attempt)) slot.current.reset();
  }
}

void ModelRepository::Impl::advance_all_locked() {
  std::vector<std::string> loader_names;
  loader_names.reserve(loaders_.size());
  for (const auto& [name, slot] : loaders_) loader_names.push_back(name);
  for (const auto& name : loader_names) advance_loader_locked(name);
  // In the order of the configuration: models of one loader load one after another.
  for (const auto& name : std::vector<std::string>(model_order_)) advance_model_locked(name);
  for (const auto& [name, model] : models_) {
    if (!model.configured) advance_model_locked(name);
  }
}

void ModelRepository::Impl::settle_locked(ModelEntry& model) {
  const bool done = model.in_flight == 0 && (!model.configured || source_of_locked(model) != SourceState::kComing);
  if (done && model.settled_pass != pass_) {
    model.settled_pass = pass_;
    changed_.notify_all();
  }
}

bool ModelRepository::Impl::pass_done_locked(std::uint64_t pass) {
  const bool models_done = std::all_of(models_.begin(), models_.end(), [&](const auto& named) {
    return named.second.settled_pass >= pass || hangs_locked(named.second);
  });
  return models_done && std::all_of(loaders_.begin(), loaders_.end(), [&](const auto& named) {
           const auto& slot = named.second;
           const bool moving = slot.coming() || !slot.desired;
           return !moving || (slot.current && slot.current->thread && slot.current->thread->overdue());
         });
}

void ModelRepository::Impl::await_pass(Lock& lock, std::uint64_t pass) {
  // Woken by every change; the period is for deadlines, which pass without one.
  while (!stopping_ && !pass_done_locked(pass)) changed_.wait_for(lock, kMonitorPeriod);
}

bool ModelRepository::Impl::hangs_locked(const ModelEntry& model) const {
  const auto hangs = [](const LoaderPtr& instance) {
    return instance && instance->thread && instance->thread->overdue().has_value();
  };
  if (std::any_of(model.loaders.begin(), model.loaders.end(), hangs)) return true;
  const auto slot = loaders_.find(model.config.loader_name);
  return slot != loaders_.end() && hangs(slot->second.current);
}

PassResult ModelRepository::Impl::result_locked(std::uint64_t changes_before) {
  PassResult result;
  result.changed = changes_ != changes_before;
  for (const auto& [name, slot] : loaders_) {
    if (!slot.current) continue;
    if (slot.current->state == LoaderInstance::State::kFailed) {
      result.failures.push_back({"", 0, ErrorCode::kInternal, slot.current->cause});
    } else if (const auto late = slot.current->thread->overdue()) {
      result.failures.push_back({"", 0, ErrorCode::kDeadlineExceeded,
                                 late->what + " has not returned yet" + progress_on_locked(slot.current->thread)});
    }
  }
  for (const auto& name : model_order_) {
    const auto& model = models_.at(name);
    if (!model.problem.empty()) result.failures.push_back({name, 0, ErrorCode::kInvalidArgument, model.problem});
    for (const auto& [version, entry] : model.versions) {
      if (entry.failed || entry.failed_spec) {
        result.failures.push_back({name, version, entry.failed_code, entry.failed ? entry.cause : entry.logged_cause});
      }
    }
  }
  return result;
}

void ModelRepository::Impl::monitor() {
  Lock lock(mutex_);
  auto report_at = Clock::now() + kMonitorPeriod;
  for (;;) {
    serve_waiters(lock);
    if (stopped_) return;
    const auto ask_at = ask_pushed_locked();
    changed_.wait_until(lock, std::min(next_deadline_locked(report_at), ask_at));
    if (Clock::now() < report_at) continue;
    report_overdue_locked();
    report_at = Clock::now() + kMonitorPeriod;
  }
}

std::string ModelRepository::Impl::progress_on_locked(const std::shared_ptr<TaskThread>& thread) const {
  for (const auto& [name, slot] : loaders_) {
    if (!slot.current || slot.current->thread != thread || !slot.current->host) continue;
    const auto progress = slot.current->host->last_progress();
    if (!progress.empty()) return " (its last word: " + progress + ")";
  }
  return "";
}

void ModelRepository::Impl::report_overdue_locked() {
  for (auto& [key, thread] : threads_) {
    if (const auto late = thread->newly_overdue()) {
      log(LogLevel::kError, kLog,
          late->what + " has been running for " + std::to_string(late->running_for.count() / 1000) +
              " s, longer than it should" + progress_on_locked(thread) +
              "; it cannot be stopped, other libraries and models go on");
    }
  }
  miss_questions_locked();
}

}  // namespace ovserve
