#include "loader/c_loader_host.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "base/printable_text.h"

namespace ovserve {
namespace {

constexpr std::size_t kLongestText = 1000;

/// Numbers in use. Nothing of a host is called under the lock. Never destroyed: threads of loaders may outlive
/// everything.
template <typename Value>
class Numbers {
 public:
  static Numbers& instance() {
    static auto* const numbers = new Numbers;
    return *numbers;
  }

  std::uint64_t add(Value value) {
    const std::lock_guard lock(mutex_);
    values_.emplace(++last_, std::move(value));
    return last_;
  }

  void remove(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    values_.erase(number);
  }

  /// An empty value for a number that is not in use.
  Value find(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(number);
    return found == values_.end() ? Value() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Value> values_;  // guarded by mutex_
  std::uint64_t last_ = 0;                 // guarded by mutex_; none is used twice
};

struct Call {
  std::shared_ptr<LoaderHost> host;
  std::string model;
  std::int64_t version;
};

using Hosts = Numbers<std::shared_ptr<LoaderHost>>;
using Calls = Numbers<std::shared_ptr<const Call>>;

LogLevel level_of(std::int32_t level) noexcept {
  switch (level) {
    case OVSERVE_LOG_TRACE:
      return LogLevel::kTrace;
    case OVSERVE_LOG_DEBUG:
      return LogLevel::kDebug;
    case OVSERVE_LOG_WARNING:
      return LogLevel::kWarning;
    case OVSERVE_LOG_ERROR:
      return LogLevel::kError;
    default:
      return LogLevel::kInfo;
  }
}

// A loader in C cannot be thrown at: what fails here, for want of memory, is left undone.
template <typename Function>
void undisturbed(Function&& function) noexcept {
  try {
    std::forward<Function>(function)();
  } catch (...) {
    return;
  }
}

void write_log(ovserve_host number, std::int32_t level, const char* text) noexcept {
  undisturbed([&] {
    const auto host = Hosts::instance().find(number);
    if (host && text != nullptr) host->log(level_of(level), bounded_text(text, kLongestText));
  });
}

void note_blacklist_change(ovserve_host number) noexcept {
  undisturbed([&] {
    if (const auto host = Hosts::instance().find(number)) host->blacklist_changed();
  });
}

std::int64_t remaining_ms(ovserve_call number) noexcept {
  std::int64_t remaining = 0;
  undisturbed([&] {
    const auto call = Calls::instance().find(number);
    if (!call) return;
    const auto left = call->host->remaining();
    remaining = left ? std::max<std::int64_t>(left->count(), 0) : std::numeric_limits<std::int64_t>::max();
  });
  return remaining;
}

std::int32_t is_cancelled(ovserve_call number) noexcept {
  bool cancelled = true;
  undisturbed([&] {
    if (const auto call = Calls::instance().find(number)) cancelled = call->host->cancelled();
  });
  return cancelled ? 1 : 0;
}

void note_progress(ovserve_call number, double fraction, const char* text) noexcept {
  undisturbed([&] {
    const auto call = Calls::instance().find(number);
    if (!call) return;
    const std::string what = text == nullptr ? "" : bounded_text(text, kLongestText);
    call->host->progress(call->model, call->version, what, fraction);
  });
}

}  // namespace

const ovserve_host_api& c_host_api() noexcept {
  static constexpr ovserve_host_api kApi = {sizeof(ovserve_host_api),
                                            OVSERVE_LOADER_ABI_VERSION,
                                            0,
                                            &write_log,
                                            &note_blacklist_change,
                                            &remaining_ms,
                                            &is_cancelled,
                                            &note_progress};
  return kApi;
}

std::string bounded_text(const char* text, std::size_t room) {
  return printable_text({text, ::strnlen(text, room)}, kLongestText);
}

CHostRegistration::CHostRegistration(std::shared_ptr<LoaderHost> host)
    : host_(std::move(host)), id_(Hosts::instance().add(host_)) {}

CHostRegistration::~CHostRegistration() { Hosts::instance().remove(id_); }

CCallRegistration::CCallRegistration(const CHostRegistration& loader, std::string model, std::int64_t version)
    : id_(Calls::instance().add(std::make_shared<const Call>(Call{loader.host(), std::move(model), version}))) {}

CCallRegistration::~CCallRegistration() { Calls::instance().remove(id_); }

}  // namespace ovserve
