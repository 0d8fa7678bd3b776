#include "repository/repository_loader_host.h"

#include <algorithm>
#include <utility>

namespace ovserve {
namespace {

constexpr const char* kLog = "ovserve.loader";

}  // namespace

RepositoryLoaderHost::RepositoryLoaderHost(std::string loader_name, std::function<void()> on_blacklist_change)
    : loader_name_(std::move(loader_name)), on_blacklist_change_(std::move(on_blacklist_change)) {}

void RepositoryLoaderHost::log(LogLevel level, const std::string& text) noexcept {
  ovserve::log(level, kLog, "custom loader \"" + loader_name_ + "\": " + text);
}

void RepositoryLoaderHost::progress(const std::string& model, std::int64_t version, const std::string& text,
                                    double fraction) noexcept {
  const int tenth = fraction >= 0 ? static_cast<int>(std::min(fraction, 1.0) * 10) : -1;
  const std::string said = progress_text(text, fraction);
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    running_->progress = said;
    // Loaders report each megabyte; a line of the log for each tenth is enough.
    if (running_->logged_text == text && running_->logged_tenth == tenth) return;
    running_->logged_text = text;
    running_->logged_tenth = tenth;
  }
  if (said.empty()) return;
  log(LogLevel::kInfo,
      (model.empty() ? "" : "model \"" + model + "\" version " + std::to_string(version) + ": ") + said);
}

void RepositoryLoaderHost::blacklist_changed() noexcept {
  if (!blacklist_change_.exchange(true)) on_blacklist_change_();
}

std::optional<std::chrono::milliseconds> RepositoryLoaderHost::remaining() const noexcept {
  const std::lock_guard lock(mutex_);
  if (!running_) return std::chrono::milliseconds(0);
  return std::chrono::floor<std::chrono::milliseconds>(running_->deadline - Clock::now());
}

bool RepositoryLoaderHost::cancelled() const noexcept {
  const std::lock_guard lock(mutex_);
  if (!running_ || running_->deadline <= Clock::now()) return true;
  return running_->purpose == Purpose::kServing && (leaving_ || unwanted_models_.contains(running_->model));
}

void RepositoryLoaderHost::cancel() {
  const std::lock_guard lock(mutex_);
  leaving_ = true;
}

void RepositoryLoaderHost::set_wanted(const std::string& model, bool wanted) {
  const std::lock_guard lock(mutex_);
  if (wanted) {
    unwanted_models_.erase(model);
  } else {
    unwanted_models_.insert(model);
  }
}

std::string RepositoryLoaderHost::last_progress() const {
  const std::lock_guard lock(mutex_);
  return running_ ? running_->progress : "";
}

RepositoryLoaderHost::Call::Call(RepositoryLoaderHost& host, std::chrono::milliseconds deadline, Purpose purpose,
                                 const std::string& model)
    : host_(host) {
  const std::lock_guard lock(host_.mutex_);
  host_.running_ = Running{Clock::now() + deadline, purpose, model, {}, {}, -1};
}

RepositoryLoaderHost::Call::~Call() {
  const std::lock_guard lock(host_.mutex_);
  host_.running_.reset();
}

}  // namespace ovserve
