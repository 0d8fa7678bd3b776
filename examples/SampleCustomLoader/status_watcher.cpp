#include "status_watcher.h"

#include <fstream>
#include <limits>
#include <string_view>
#include <system_error>

namespace {

constexpr std::string_view kDisabled = "DISABLED";

/// Whether the file's first line is DISABLED, give or take blanks and a carriage return around it.
/// No file, or none that can be read, means enabled. Reads a few bytes only, whatever the file's size.
bool says_disabled(const std::filesystem::path& status_file) {
  std::error_code error;
  // Opening anything but a regular file could block: a named pipe waits for its writer.
  if (status_file.empty() || !std::filesystem::is_regular_file(status_file, error)) return false;
  char buffer[64] = {};
  std::ifstream(status_file).getline(buffer, sizeof buffer);
  std::string_view line = buffer;
  constexpr std::string_view kBlank = " \t\r";
  const auto begin = line.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return false;
  return line.substr(begin, line.find_last_not_of(kBlank) - begin + 1) == kDisabled;
}

}  // namespace

void StatusWatcher::start(const WatchSettings& settings) {
  stop();
  settings_ = settings;
  stopping_ = false;
  thread_ = std::thread(&StatusWatcher::run, this);
}

void StatusWatcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_requested_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool StatusWatcher::watch(const std::string& model, int version, std::filesystem::path status_file) {
  const std::lock_guard lock(mutex_);
  // try_emplace keeps the start time of a version that was watched before, so that loading it again
  // does not shift its cycle.
  Watched& watched = watched_.try_emplace({model, version}, Watched{{}, Clock::now()}).first->second;
  watched.status_file = std::move(status_file);
  watched.disabled = says_disabled(watched.status_file);
  return must_not_serve(watched);
}

bool StatusWatcher::is_blacklisted(const std::string& model, int version) {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find({model, version});
  if (found == watched_.end()) return false;
  Watched& watched = found->second;
  if (settings_.check_at_each_question) watched.disabled = says_disabled(watched.status_file);
  return must_not_serve(watched);
}

void StatusWatcher::forget(const std::string& model) {
  const std::lock_guard lock(mutex_);
  auto it = watched_.lower_bound({model, std::numeric_limits<int>::min()});
  while (it != watched_.end() && it->first.first == model) it = watched_.erase(it);
}

void StatusWatcher::run() {
  std::unique_lock lock(mutex_);
  // A condition variable and not a sleep, so that stop() never waits for a period to end.
  while (!stop_requested_.wait_for(lock, settings_.check_period, [this] { return stopping_; })) {
    for (auto& [version, watched] : watched_) watched.disabled = says_disabled(watched.status_file);
  }
}

bool StatusWatcher::must_not_serve(const Watched& watched) const {
  if (watched.disabled) return true;
  if (settings_.cycle.count() <= 0) return false;
  const auto phase = static_cast<long long>((Clock::now() - watched.since) / settings_.cycle);
  return phase % 2 == 1;
}
