#include "serving/request_meter.h"

namespace ovserve {

RequestMeter::RequestMeter(const Metrics* metrics, Interface interface, Method method, std::size_t request_bytes)
    : metrics_(metrics),
      interface_(interface),
      method_(method),
      request_bytes_(request_bytes),
      began_(metrics != nullptr ? Clock::now() : Clock::time_point()) {}

RequestMeter::~RequestMeter() {
  if (RequestCounts* const found = counts(); found != nullptr && !succeeded_) found->fail.add();
  if (!version_ || !is_inference(method_)) return;
  version_->current_requests.add(-1);
  version_->request_bytes[interface_].add(request_bytes_);
}

void RequestMeter::is_about(const std::string& model, std::optional<Version> version) {
  if (metrics_ == nullptr) return;
  if (!is_about_a_version(method_)) {
    model_ = metrics_->find_model(model);
    return;
  }
  const Version wanted = version.value_or(0);
  if (version_ || wanted == 0) return;
  version_ = metrics_->find_version(model, wanted);
  if (version_ && is_inference(method_)) version_->current_requests.add(1);
}

void RequestMeter::inferred(const InferTimes& times) {
  if (!version_) return;
  version_->inference_time.observe(times.ran);
  version_->wait_for_request_time.observe(times.waited);
}

void RequestMeter::succeeded(std::size_t response_bytes) {
  succeeded_ = true;
  if (RequestCounts* const found = counts()) found->success.add();
  if (!version_ || !is_inference(method_)) return;
  version_->request_time[interface_].observe(Clock::now() - began_);
  version_->response_bytes[interface_].add(response_bytes);
}

RequestCounts* RequestMeter::counts() noexcept {
  if (version_) return &version_->requests.at(method_, interface_);
  return model_ ? &model_->requests.at(method_, interface_) : nullptr;
}

}  // namespace ovserve
