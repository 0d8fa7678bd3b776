#include "load.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace ovserve::bench {
namespace {

constexpr auto kLongestSilence = std::chrono::seconds(60);
constexpr auto kBetweenTries = std::chrono::milliseconds(1);
constexpr std::uint64_t kFailuresThatEndIt = 100;
constexpr int kTimeoutMs = 100;
constexpr std::size_t kStandardInput = std::numeric_limits<std::size_t>::max();

}  // namespace

Load::Load(const Options& options, Connector connector)
    : options_(options), connector_(std::move(connector)), measurement_(options.watch) {
  connections_.resize(options.connections);
  const std::size_t per_connection = (options.in_flight + options.connections - 1) / options.connections;
  for (std::size_t place = 0; place < per_connection; ++place) {
    for (std::size_t index = 0; index < options.connections; ++index) free_places_.push_back(index);
  }
}

const Measurement& Load::run() {
  began_ = last_answer_ = Clock::now();
  for (std::size_t index = 0; index < connections_.size(); ++index) open(index);
  while (!stopping_) {
    start_requests();
    handle_events(kTimeoutMs);
    check_progress(Clock::now());
  }
  return measurement_;
}

void Load::hold() {
  events_.add(STDIN_FILENO, kStandardInput);
  stopping_ = false;
  while (!stopping_) {
    handle_events(kTimeoutMs);
    settle_touched();
  }
}

void Load::open(std::size_t index) {
  while (true) {
    try {
      connections_[index] = connector_(index, *this);
      break;
    } catch (const std::system_error&) {
      if (Clock::now() - began_ >= options_.retry) throw;
      std::this_thread::sleep_for(kBetweenTries);
    }
  }
  events_.add(connections_[index]->descriptor(), index);
  touched_.push_back(index);  // HTTP/2 has something to say at once
}

void Load::start_requests() {
  while (under_way_ < options_.in_flight && !free_places_.empty()) {
    const std::size_t index = free_places_.front();
    free_places_.pop_front();
    if (connections_[index]->is_closed()) open(index);
    connections_[index]->start_request();
    ++under_way_;
    touched_.push_back(index);
  }
  settle_touched();
}

void Load::settle_touched() {
  for (const std::size_t index : touched_) settle(index);
  touched_.clear();
}

void Load::settle(std::size_t index) {
  Connection& connection = *connections_[index];
  const bool wanted_write = connection.wants_write();
  connection.flush();
  if (!connection.is_closed() && (wanted_write || connection.wants_write())) {
    events_.watch_writable(connection.descriptor(), index, connection.wants_write());
  }
}

void Load::handle_events(int timeout_ms) {
  for (const auto& event : events_.wait(timeout_ms)) {
    if (event.key == kStandardInput) {
      char ignored = 0;
      stopping_ = stopping_ || ::read(STDIN_FILENO, &ignored, 1) <= 0;
      continue;
    }
    Connection& connection = *connections_[event.key];
    if (event.readable) connection.on_readable();
    if (connection.is_closed()) {
      open(event.key);
    } else {
      settle(event.key);
    }
  }
}

void Load::finished(std::size_t connection, const Outcome& outcome) {
  const auto now = Clock::now();
  --under_way_;
  free_places_.push_back(connection);
  last_answer_ = now;
  if (stopping_) return;
  const bool is_retried = !outcome.failure.empty() && now - began_ < options_.retry && !measurement_.has_begun();
  if (is_retried) return std::this_thread::sleep_for(kBetweenTries);
  measurement_.add(outcome, now);
  advance(now);
}

void Load::advance(Clock::time_point now) {
  if (!measurement_.has_begun()) {
    if (now - began_ >= options_.warmup) measurement_.begin(now);
    return;
  }
  const bool enough = options_.count != 0 && measurement_.answers() >= options_.count;
  const bool over = options_.duration.count() > 0 && now - measurement_.began_at() >= options_.duration;
  if (!enough && !over) return;
  measurement_.end(now);
  stopping_ = true;
}

void Load::check_progress(Clock::time_point now) {
  if (now - last_answer_ > kLongestSilence) throw std::runtime_error("the server has not answered for 60 s");
  if (measurement_.failures() >= kFailuresThatEndIt && measurement_.failures() == measurement_.answers()) {
    throw std::runtime_error("every request fails: " + measurement_.first_failure());
  }
}

}  // namespace ovserve::bench
