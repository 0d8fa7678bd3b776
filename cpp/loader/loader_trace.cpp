#include "loader/loader_trace.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/printable_text.h"

namespace ovserve {
namespace {

constexpr std::size_t kLongestText = 300;
constexpr const char* kQuestion = "getModelBlacklistStatus";

void shorten(std::string& text) { text = printable_text(text, kLongestText); }

}  // namespace

std::uint64_t LoaderTrace::begin(TracedCall call) {
  for (auto* text : {&call.loader, &call.library, &call.model, &call.arguments}) shorten(*text);
  call.thread = ::gettid();
  call.start = call.last_start = std::chrono::system_clock::now();
  call.running = true;
  call.result = "running";
  const std::lock_guard lock(mutex_);
  running_.emplace(++last_, Running{std::move(call), std::chrono::steady_clock::now()});
  return last_;
}

void LoaderTrace::end(std::uint64_t number, const std::string& result) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(number);
  if (found == running_.end()) return;
  TracedCall call = std::move(found->second.call);
  call.duration = now - found->second.started;
  running_.erase(found);
  call.running = false;
  call.result = printable_text(result, kLongestText);
  if (TracedCall* const earlier = same_question_locked(call)) {
    ++earlier->count;
    earlier->last_start = call.start;
    earlier->duration = call.duration;
    earlier->thread = call.thread;
    return;
  }
  ended_.push_back(std::move(call));
  if (ended_.size() > capacity_) ended_.pop_front();
}

TracedCall* LoaderTrace::same_question_locked(const TracedCall& call) {
  if (call.function != kQuestion) return nullptr;
  const auto about_the_same = [&](const TracedCall& earlier) {
    return earlier.loader == call.loader && earlier.model == call.model && earlier.version == call.version;
  };
  const auto earlier = std::find_if(ended_.rbegin(), ended_.rend(), about_the_same);
  const bool same = earlier != ended_.rend() && earlier->function == kQuestion && earlier->result == call.result;
  return same ? &*earlier : nullptr;
}

std::vector<TracedCall> LoaderTrace::calls() const {
  std::vector<TracedCall> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.assign(ended_.begin(), ended_.end());
    const auto now = std::chrono::steady_clock::now();
    for (const auto& [number, running] : running_) {
      calls.push_back(running.call);
      calls.back().duration = now - running.started;
    }
  }
  std::ranges::stable_sort(calls, {}, &TracedCall::start);
  return calls;
}

}  // namespace ovserve
