#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "loader/loader.h"

namespace ovserve::testing {

/// What all fake loaders of one test do, and what was asked of them. Lines of the call log:
/// "create l", "load m 1", "blacklist m 1" (not logged), "unload m 1", "retire m", "deinit l", "delete l".
class FakeLoaders : public LoaderFactory {
 public:
  std::string library_key(const LoaderConfig& config) const override { return config.library_path; }
  std::unique_ptr<Loader> create(const LoaderConfig& config, std::shared_ptr<LoaderHost> host) override;

  /// From now on, what `step` ("load m 1", "create l", "question m 1") does.
  void fail(const std::string& step, const std::string& text) {
    with_lock([&] { failing_[step] = text; });
  }
  void work(const std::string& step) {
    with_lock([&] { failing_.erase(step); });
  }
  void block(const std::string& step) {
    with_lock([&] { blocked_.insert(step); });
  }
  void unblock(const std::string& step) {
    with_lock([&] { blocked_.erase(step); });
  }
  void refuse(const std::string& step, bool refused = true) {
    with_lock([&] { refused ? (void)refused_.insert(step) : (void)refused_.erase(step); });
  }
  void blacklist(const std::string& model, std::int64_t version, bool blacklisted = true) {
    const auto key = model + " " + std::to_string(version);
    with_lock([&] { blacklisted ? (void)blacklisted_.insert(key) : (void)blacklisted_.erase(key); });
  }

  std::vector<std::string> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::size_t count(const std::string& call) {
    const auto all = calls();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), call));
  }
  int questions() {
    const std::lock_guard lock(mutex_);
    return questions_;
  }
  /// Waits until `step` is running and blocked.
  void await_blocked(const std::string& step) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.contains(step); });
  }
  /// What the newest loader of this name got when it was made.
  std::shared_ptr<LoaderHost> host(const std::string& loader) {
    const std::lock_guard lock(mutex_);
    return hosts_.at(loader);
  }
  bool overlapped() {
    const std::lock_guard lock(mutex_);
    return overlapped_;
  }
  std::string last_options() {
    const std::lock_guard lock(mutex_);
    return last_options_;
  }

 private:
  friend class FakeLoader;

  template <typename Action>
  void with_lock(const Action& action) {
    const std::lock_guard lock(mutex_);
    action();
    changed_.notify_all();
  }

  /// Notes the call, waits while it is blocked, fails if it should.
  void step(const std::string& call, const std::string& library, bool logged = true) {
    std::unique_lock lock(mutex_);
    if (logged) calls_.push_back(call);
    overlapped_ = overlapped_ || !running_.insert(library).second;
    if (blocked_.contains(call)) waiting_.insert(call);
    changed_.notify_all();
    changed_.wait(lock, [&] { return !blocked_.contains(call); });
    waiting_.erase(call);
    running_.erase(library);
    if (const auto found = failing_.find(call); found != failing_.end()) {
      throw Error(ErrorCode::kInternal, found->second);
    }
    if (refused_.contains(call)) throw Error(ErrorCode::kFailedPrecondition, call + ": blacklisted");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> failing_;
  std::set<std::string> blocked_;
  std::set<std::string> waiting_;
  std::set<std::string> refused_;
  std::set<std::string> blacklisted_;
  std::set<std::string> running_;  // libraries with a call under way
  std::vector<std::string> calls_;
  std::string last_options_;
  std::map<std::string, std::shared_ptr<LoaderHost>> hosts_;
  int questions_ = 0;
  bool overlapped_ = false;
};

class FakeLoader : public Loader {
 public:
  FakeLoader(FakeLoaders& all, LoaderConfig config) : all_(all), config_(std::move(config)) {}
  ~FakeLoader() override { step("delete " + config_.name); }

  ModelBuffers load(const LoadRequest& request) override {
    all_.with_lock([&] { all_.last_options_ = request.options; });
    step("load " + request.model_name + " " + std::to_string(request.version));
    auto bytes = std::make_shared<std::string>(request.base_path);
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes->data());
    return {ModelKind::kIr, {data, bytes->size(), bytes}, {}};
  }
  BlacklistStatus blacklist_status(const std::string& model, std::int64_t version) override {
    const auto key = model + " " + std::to_string(version);
    all_.step("question " + key, config_.library_path, false);
    BlacklistStatus answer = BlacklistStatus::kAllowed;
    all_.with_lock([&] {
      ++all_.questions_;
      if (all_.blacklisted_.contains(key)) answer = BlacklistStatus::kBlacklisted;
    });
    return answer;
  }
  void unload(const std::string& model, std::int64_t version) override {
    step("unload " + model + " " + std::to_string(version));
  }
  void retire(const std::string& model) override { step("retire " + model); }
  void deinit() override { step("deinit " + config_.name); }

 private:
  void step(const std::string& call) { all_.step(call, config_.library_path); }

  FakeLoaders& all_;
  LoaderConfig config_;
};

inline std::unique_ptr<Loader> FakeLoaders::create(const LoaderConfig& config, std::shared_ptr<LoaderHost> host) {
  with_lock([&] { hosts_[config.name] = std::move(host); });
  step("create " + config.name, config.library_path);
  return std::make_unique<FakeLoader>(*this, config);
}

}  // namespace ovserve::testing
