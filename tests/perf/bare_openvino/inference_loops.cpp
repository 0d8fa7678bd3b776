#include "inference_loops.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <stdexcept>

namespace ovserve::bench {
namespace {

ov::InferRequest make_request(ov::CompiledModel& model, const std::vector<std::string>& inputs) {
  ov::InferRequest request = model.create_infer_request();
  for (std::size_t i = 0; i < model.inputs().size(); ++i) {
    ov::Tensor tensor = request.get_input_tensor(i);
    if (inputs.empty()) {
      std::memset(tensor.data(), 0, tensor.get_byte_size());
    } else if (i >= inputs.size() || inputs[i].size() != tensor.get_byte_size()) {
      throw std::runtime_error("input " + std::to_string(i) + " needs a file of " +
                               std::to_string(tensor.get_byte_size()) + " bytes");
    } else {
      std::memcpy(tensor.data(), inputs[i].data(), inputs[i].size());
    }
  }
  return request;
}

// Notes an inference; returns whether there is to be another one.
bool goes_on(Clock::time_point began, Clock::time_point started, const Span& span, Measurement& measurement) {
  const auto now = Clock::now();
  measurement.add({started, {}, 0}, now);
  if (!measurement.has_begun()) {
    if (now - began >= span.warmup) measurement.begin(now);
    return true;
  }
  if (now - measurement.began_at() < span.duration) return true;
  measurement.end(now);
  return false;
}

// The requests that wait to be started again, filled by OpenVINO's threads.
class IdleRequests {
 public:
  void put(std::size_t index, const std::exception_ptr& failure) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(index);
    if (failure) failure_ = failure;
    changed_.notify_one();
  }

  std::size_t take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !idle_.empty(); });
    if (failure_) std::rethrow_exception(failure_);
    const std::size_t index = idle_.front();
    idle_.pop_front();
    return index;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::size_t> idle_;  // guarded by mutex_
  std::exception_ptr failure_;    // guarded by mutex_
};

}  // namespace

void run_one_by_one(ov::CompiledModel& model, const std::vector<std::string>& inputs, const Span& span,
                    Measurement& measurement) {
  ov::InferRequest request = make_request(model, inputs);
  const auto began = Clock::now();
  Clock::time_point started;
  do {
    started = Clock::now();
    request.infer();
  } while (goes_on(began, started, span, measurement));
}

void run_beside_each_other(ov::CompiledModel& model, const std::vector<std::string>& inputs, std::uint32_t requests,
                           const Span& span, Measurement& measurement) {
  IdleRequests idle;
  std::vector<ov::InferRequest> pool;
  std::vector<Clock::time_point> started(requests);
  for (std::size_t i = 0; i < requests; ++i) {
    pool.push_back(make_request(model, inputs));
    pool[i].set_callback([&idle, i](const std::exception_ptr& failure) { idle.put(i, failure); });
  }
  const auto began = Clock::now();
  for (std::size_t i = 0; i < requests; ++i) {
    started[i] = Clock::now();
    pool[i].start_async();
  }
  while (true) {
    const std::size_t done = idle.take();
    if (!goes_on(began, started[done], span, measurement)) break;
    started[done] = Clock::now();
    pool[done].start_async();
  }
  for (auto& request : pool) request.wait();
}

}  // namespace ovserve::bench
