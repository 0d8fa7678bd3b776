#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "loader/loader.h"
#include "repository/repository_loader_host.h"
#include "repository/task_thread.h"
#include "repository/version_policy.h"

namespace ovserve {

/// One loader object from its making to its end. Its fields belong to the repository's lock,
/// except `loader`, which is made, used and destroyed on `thread` only.
///
///   kCreating -> kReady -> kLeaving -> kGone
///       |                     ^
///       +----> kFailed -------|--> kGone
struct LoaderInstance {
  enum class State { kCreating, kReady, kFailed, kLeaving, kGone };

  LoaderConfig config;
  std::shared_ptr<TaskThread> thread;
  std::shared_ptr<RepositoryLoaderHost> host;  ///< null where `config.problem` is set; thread-safe
  std::unique_ptr<Loader> loader;
  State state = State::kCreating;
  std::string cause;  ///< why it failed
  TaskThread::Clock::time_point failed_at;
  TaskThread::Clock::duration attempt{};  ///< how long the failed attempt took
  std::size_t users = 0;                  ///< loads not yet undone, and calls under way
  bool ending = false;                    ///< deinit is posted

  /// Blacklist questions under way; true: to be asked once more when answered.
  std::map<std::pair<std::string, Version>, bool> asked;
  TaskThread::Clock::time_point next_pushed_round;  ///< questions that the loader asks for come no sooner
  bool question_missed = false;                     ///< the library does not answer in time
  std::map<std::pair<std::string, Version>, std::string> logged_problems;  ///< of questions

  bool usable() const { return state == State::kReady; }
};

using LoaderPtr = std::shared_ptr<LoaderInstance>;

/// What the configuration says under one loader name, and the object that stands for it now.
struct LoaderSlot {
  std::optional<LoaderConfig> desired;  ///< none: to be removed
  LoaderPtr current;                    ///< may still be an older one on its way out
  std::string logged_cause;             ///< the failure that was logged last

  /// Whether a loader that suits the configuration is on its way.
  bool coming() const {
    if (!desired) return false;
    if (!current || current->state == LoaderInstance::State::kLeaving) return true;
    return current->state == LoaderInstance::State::kCreating;
  }
};

}  // namespace ovserve
