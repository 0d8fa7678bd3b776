// Asking loaders whether their versions may still be served.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "repository/repository_impl.h"

namespace ovserve {
namespace {
constexpr const char* kLog = "ovserve.blacklist";
// A loader that tells of a change within each answer would otherwise be asked without a pause.
constexpr std::chrono::milliseconds kBetweenPushedRounds{100};
}  // namespace

void ModelRepository::Impl::ask_all_locked(bool again, const LoaderPtr& only) {
  for (const auto& name : model_order_) {
    auto& model = models_.at(name);
    const auto instance = loader_of_locked(model);
    if (!instance || (only && instance != only)) continue;
    for (const auto& [version, entry] : model.versions) {
      if (entry.attempted.loader == instance) ask_locked(instance, name, version, again);
    }
  }
}

void ModelRepository::Impl::blacklist_change_told() {
  const Lock lock(mutex_);
  changed_.notify_all();  // the monitor asks, not the loader's thread
}

TaskThread::Clock::time_point ModelRepository::Impl::ask_pushed_locked() {
  auto next = Clock::time_point::max();
  if (stopping_) return next;
  for (auto& [name, slot] : loaders_) {
    const auto& instance = slot.current;
    if (!instance || !instance->usable() || !instance->host->has_blacklist_change()) continue;
    if (const auto now = Clock::now(); instance->next_pushed_round <= now) {
      instance->next_pushed_round = now + kBetweenPushedRounds;
      instance->host->take_blacklist_change();  // before asking: what comes later is not covered by these questions
      ask_all_locked(true, instance);
    } else {
      next = std::min(next, instance->next_pushed_round);
    }
  }
  return next;
}

void ModelRepository::Impl::ask_about(const LoaderPtr& instance, const std::string& name, Version version) {
  const Lock lock(mutex_);
  ask_locked(instance, name, version, true);
}

void ModelRepository::Impl::ask_locked(const LoaderPtr& instance, const std::string& name, Version version,
                                       bool again) {
  const auto [asked, is_new] = instance->asked.try_emplace({name, version}, false);
  if (!is_new) {
    // Under way already; who waits wants an answer to a question asked after his call.
    asked->second = asked->second || again;
    return;
  }
  ++models_.at(name).in_flight;
  post_question_locked(instance, name, version);
}

void ModelRepository::Impl::post_question_locked(const LoaderPtr& instance, const std::string& name, Version version) {
  const auto what =
      call_label(instance, "getModelBlacklistStatus", "model \"" + name + "\" version " + std::to_string(version));
  const auto attempts = models_.at(name).versions.at(version).attempts;
  ++instance->users;
  instance->thread->post(
      what, options_.blacklist_deadline, [self = shared_from_this(), instance, name, version, attempts] {
        std::optional<BlacklistStatus> answer;
        std::string problem;
        try {
          const RepositoryLoaderHost::Call running(*instance->host, self->options_.blacklist_deadline,
                                                   RepositoryLoaderHost::Purpose::kServing, name);
          ObservedCall call(*self->observer_, instance->config.name, "getModelBlacklistStatus");
          answer = instance->loader->blacklist_status(name, version);
          call.succeeded();
        } catch (const std::exception& error) {
          problem = error.what();
        }
        self->answered(instance, name, version, attempts, answer, problem);
      });
}

void ModelRepository::Impl::answered(const LoaderPtr& instance, const std::string& name, Version version,
                                     std::uint64_t attempts, const std::optional<BlacklistStatus>& answer,
                                     const std::string& problem) {
  const Lock lock(mutex_);
  --instance->users;
  auto& logged = instance->logged_problems[{name, version}];
  if (logged != problem) {
    if (!problem.empty()) {
      log(LogLevel::kError, kLog,
          problem + (instance->config.disable_on_blacklist_error ? "; the version is taken out"
                                                                 : "; the version keeps its state"));
    }
    logged = problem;
  }
  const bool in_time = models_.at(name).versions.at(version).attempts == attempts;
  if (answer && in_time) {
    note_answer_locked(instance, name, version, *answer == BlacklistStatus::kBlacklisted);
  } else if (!answer && in_time && instance->config.disable_on_blacklist_error) {
    note_answer_locked(instance, name, version, true);
  }
  const auto asked = instance->asked.find({name, version});
  if (asked->second && instance->usable()) {
    asked->second = false;
    post_question_locked(instance, name, version);
  } else {
    instance->asked.erase(asked);
    --models_.at(name).in_flight;
  }
  advance_model_locked(name);
  advance_loader_locked(instance->config.name);
}

void ModelRepository::Impl::note_answer_locked(const LoaderPtr& instance, const std::string& name, Version version,
                                               bool blacklisted) {
  auto& entry = models_.at(name).versions.at(version);
  if (entry.attempted.loader != instance || entry.blacklisted == blacklisted) return;
  entry.blacklisted = blacklisted;
  observer_->blacklisted(name, version, blacklisted);
  log(LogLevel::kInfo, kLog,
      "model \"" + name + "\" version " + std::to_string(version) +
          (blacklisted ? " is blacklisted" : " is allowed again") + " by custom loader \"" + instance->config.name +
          "\"");
}

void ModelRepository::Impl::miss_questions_locked() {
  for (auto& [loader_name, slot] : loaders_) {
    const auto& instance = slot.current;
    if (!instance || !instance->thread) continue;
    const bool misses = !instance->asked.empty() && instance->thread->overdue();
    if (!std::exchange(instance->question_missed, misses) && misses) {
      log(LogLevel::kError, kLog,
          "custom loader \"" + loader_name + "\" does not answer whether its models are blacklisted; " +
              (instance->config.disable_on_blacklist_error ? "they are taken out" : "they keep their state"));
    }
    if (!misses || !instance->config.disable_on_blacklist_error) continue;
    for (const auto& [about, again] : std::map(instance->asked)) {
      note_answer_locked(instance, about.first, about.second, true);
      advance_model_locked(about.first);
    }
  }
}

}  // namespace ovserve
