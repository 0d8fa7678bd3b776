#include "gateway/health_watcher.h"

#include <utility>

#include "codec/kserve_grpc.h"
#include "gateway/replies.h"

namespace ovserve {
namespace {

// The bytes of one message, to be compared with those sent before.
class TextSink : public ByteSink {
 public:
  char* allocate(std::size_t size) override {
    text.resize(size);
    return text.data();
  }
  std::string text;
};

}  // namespace

void HealthWatcher::watch(std::string request) {
  {
    const std::lock_guard lock(mutex_);
    if (asked_) return;
    asked_ = std::move(request);
  }
  look_again();
}

void HealthWatcher::look_again() {
  const std::lock_guard lock(mutex_);
  if (!asked_ || !sender_.is_open()) return;
  std::string now = status();
  if (now == told_) return;
  told_ = now;
  sender_.send(to_chain(std::move(now)));
}

void HealthWatcher::close() {
  look_again();
  const std::lock_guard lock(mutex_);
  sender_.finish(front::GrpcCode::kOk, "");
}

void HealthWatcher::refuse(std::string text) {
  const std::lock_guard lock(mutex_);
  sender_.finish(front::GrpcCode::kResourceExhausted, std::move(text));
}

// An unknown service is no error for a watcher: it may come to be known.
std::string HealthWatcher::status() {
  TextSink sink;
  try {
    service_.health_check(*asked_, sink);
  } catch (const Error& error) {
    kserve_grpc::write_health_response(error.code() == ErrorCode::kNotFound ? kserve_grpc::HealthStatus::kServiceUnknown
                                                                            : kserve_grpc::HealthStatus::kNotServing,
                                       sink);
  }
  return std::move(sink.text);
}

}  // namespace ovserve
