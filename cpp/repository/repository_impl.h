#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "repository/lease_waiter.h"
#include "repository/loader_slot.h"
#include "repository/model_entry.h"
#include "repository/model_repository.h"
#include "repository/version_plan.h"

namespace ovserve {

/// The repository's insides. All state belongs to one lock; whatever can take time (user code,
/// OpenVINO, freeing memory) runs as a task on a library's thread or in the pool, without it.
/// When a task is done it takes the lock, notes the result and lets the model, or the loader,
/// advance: compare what is wanted with what is and post the next tasks. So nothing ever waits
/// for anything while it holds the lock.
///
/// Methods named `*_locked` require the lock. Split over six files by concern: repository_passes.cpp,
/// version_operations.cpp, loader_operations.cpp, blacklist_questions.cpp, model_requests.cpp, lease_waiting.cpp.
class ModelRepository::Impl : public std::enable_shared_from_this<ModelRepository::Impl> {
 public:
  Impl(Engine& engine, LoaderFactory& factory, const RepositoryOptions& options);

  void start_monitor();
  PassResult apply(const DesiredState& desired, bool wait, bool retry_now);
  PassResult check_blacklist(bool wait);
  ModelLease acquire(const std::string& model, std::optional<Version> version);
  ModelLease acquire_now(const std::string& model, std::optional<Version> version);
  std::optional<ModelLease> try_acquire(const std::string& model, std::optional<Version> version);
  void acquire_async(LeaseWish wish, OnLease on_lease, std::stop_token cancelled);
  ModelStatus status(const std::string& model, std::optional<Version> version) const;
  std::vector<ModelStatus> all_status() const;
  bool stop(std::chrono::milliseconds deadline);

 private:
  using Clock = TaskThread::Clock;
  using Lock = std::unique_lock<std::mutex>;

  // Requests (model_requests.cpp, lease_waiting.cpp)
  struct Found {
    ModelEntry& model;
    VersionEntry& entry;
    Version version;

    std::optional<ModelLease> lease() const;
    [[noreturn]] void refuse() const;
  };
  Found find_locked(const std::string& model, std::optional<Version> version);
  void check_may_wait_locked(const ModelEntry& model) const;
  std::optional<LeaseOutcome> outcome_locked(const LeaseWaiter& waiter);
  std::optional<LeaseOutcome> wait_or_outcome(std::unique_ptr<LeaseWaiter>& waiter);
  std::unique_ptr<LeaseWaiter> take_waiter_locked(const LeaseWaiter& waiter);
  void serve_waiters(Lock& lock);
  void cancel(LeaseWaiter& waiter);
  Clock::time_point next_deadline_locked(Clock::time_point at_latest) const;

  // Passes (repository_passes.cpp)
  void take_over_locked(const DesiredState& desired);
  void take_over_loaders_locked(const std::vector<LoaderConfig>& loaders);
  void take_over_models_locked(const std::vector<ModelConfig>& models);
  void mark_retries_locked(bool retry_now);
  void advance_all_locked();
  void settle_locked(ModelEntry& model);
  bool pass_done_locked(std::uint64_t pass);
  void await_pass(Lock& lock, std::uint64_t pass);
  PassResult result_locked(std::uint64_t changes_before);
  bool hangs_locked(const ModelEntry& model) const;
  void monitor();
  void report_overdue_locked();
  std::string progress_on_locked(const std::shared_ptr<TaskThread>& thread) const;

  // Versions (version_operations.cpp)
  static std::string call_label(const LoaderPtr& instance, const char* function, const std::string& about);
  void advance_model_locked(const std::string& name);
  SourceState source_of_locked(const ModelEntry& model) const;
  LoadSpec wanted_spec_locked(const ModelEntry& model, Version version) const;
  std::map<Version, VersionView> views_locked(const ModelEntry& model) const;
  void note_absent_source_locked(const std::string& name, ModelEntry& model, const VersionPlan& plan);
  void end_version_locked(const std::string& name, Version version, VersionEntry& entry);
  void begin_load_locked(const std::string& name, Version version);
  void load_with_loader_locked(const std::string& name, Version version, const LoadSpec& spec);
  void begin_unload_locked(const std::string& name, Version version, bool reload);
  void drop_serving_locked(VersionEntry& entry, std::function<void()> then);
  void load_done(const std::string& name, Version version, const LoadSpec& spec, std::unique_ptr<Model> model,
                 Clock::duration took);
  void load_failed(const std::string& name, Version version, const LoadSpec& spec, const Error& error,
                   Clock::duration took);
  void unload_done(const std::string& name, Version version);
  void tell_unload(const LoaderPtr& loader, const std::string& name, Version version, std::function<void()> then);
  std::shared_ptr<Model> lend_out(std::unique_ptr<Model> model, VersionEntry& entry);

  // Loaders (loader_operations.cpp)
  void advance_loader_locked(const std::string& name);
  void create_loader_locked(LoaderSlot& slot, const LoaderConfig& config);
  void loader_created(const std::string& name, const LoaderPtr& instance, const std::string& cause,
                      Clock::duration took);
  void advance_models_of_locked(const std::string& loader_name);
  void retire_models_locked(const LoaderPtr& instance);
  void retire_locked(const std::string& model_name, ModelEntry& model, const LoaderPtr& instance);
  void end_loader_locked(const std::string& name, const LoaderPtr& instance);
  LoaderPtr loader_of_locked(const ModelEntry& model) const;
  std::shared_ptr<TaskThread> thread_of_locked(const LoaderConfig& config);

  // Blacklist (blacklist_questions.cpp)
  void ask_all_locked(bool again, const LoaderPtr& only = nullptr);
  void blacklist_change_told();
  Clock::time_point ask_pushed_locked();
  void ask_about(const LoaderPtr& instance, const std::string& name, Version version);
  void ask_locked(const LoaderPtr& instance, const std::string& name, Version version, bool again);
  void post_question_locked(const LoaderPtr& instance, const std::string& name, Version version);
  void answered(const LoaderPtr& instance, const std::string& name, Version version, std::uint64_t attempts,
                const std::optional<BlacklistStatus>& answer, const std::string& problem);
  void note_answer_locked(const LoaderPtr& instance, const std::string& name, Version version, bool blacklisted);
  void miss_questions_locked();

  Engine& engine_;
  LoaderFactory& factory_;
  const RepositoryOptions options_;
  const std::shared_ptr<RepositoryObserver> observer_;  // never null

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, ModelEntry> models_;                    // guarded by mutex_
  std::vector<std::string> model_order_;                        // guarded by mutex_; as configured
  std::map<std::string, LoaderSlot> loaders_;                   // guarded by mutex_
  std::map<std::string, std::shared_ptr<TaskThread>> threads_;  // guarded by mutex_; by library key
  std::set<std::string> logged_duplicates_;                     // guarded by mutex_
  std::list<std::unique_ptr<LeaseWaiter>> lease_waiters_;       // guarded by mutex_; in the order in which they came
  std::uint64_t pass_ = 0;                                      // guarded by mutex_
  std::uint64_t changes_ = 0;                                   // guarded by mutex_
  bool stopping_ = false;                                       // guarded by mutex_
  bool stopped_ = false;                                        // guarded by mutex_
  ThreadPool pool_;
  std::thread monitor_;
};

}  // namespace ovserve
