#pragma once

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/model.h"
#include "fakes/fake_device.h"

namespace ovserve::testing {

/// A model with one f32 input "b" and output "a" of shape [1,10]: a = b + `added`.
class FakeModel : public Model {
 public:
  FakeModel(float added, std::string origin, std::atomic<int>& alive, FakeDevice& device)
      : added_(added), origin_(std::move(origin)), alive_(alive), device_(device) {
    const std::vector<Dimension> shape{Dimension::fixed(1), Dimension::fixed(10)};
    signature_.inputs.push_back({"b", ElementType::kF32, shape, false});
    signature_.outputs.push_back({"a", ElementType::kF32, shape, false});
    ++alive_;
  }
  ~FakeModel() override { --alive_; }

  const Signature& signature() const noexcept override { return signature_; }
  const std::string& origin() const noexcept { return origin_; }

  void infer_async(std::span<const TensorView> inputs, InferCompletion completion, std::stop_token cancelled) override {
    device_.run([this, inputs] { return infer(inputs); }, std::move(completion), cancelled);
  }

  std::unique_ptr<InferResult> infer(std::span<const TensorView> inputs) override {
    auto result = std::make_unique<Result>();
    result->values.resize(10);
    std::memcpy(result->values.data(), inputs[0].data, 10 * sizeof(float));  // from anywhere in a message
    for (float& value : result->values) value += added_;
    result->view = {ElementType::kF32, {1, 10}, result->values.data(), 10 * sizeof(float)};
    return result;
  }

 private:
  struct Result : InferResult {
    std::vector<float> values;
    TensorView view;
    std::span<const TensorView> outputs() const noexcept override { return {&view, 1}; }
  };

  float added_;
  std::string origin_;
  std::atomic<int>& alive_;
  FakeDevice& device_;
  Signature signature_;
};

/// An engine that makes FakeModels. Paths and buffers that begin with "bad" fail; a path in
/// `blocked` is not loaded until it is unblocked.
class FakeEngine : public Engine {
 public:
  std::unique_ptr<Model> load_files(const std::string& path, const ModelOptions& options) override {
    wait_while_blocked(path);
    note("files " + path);
    if (is_bad(path)) throw Error(ErrorCode::kInternal, "cannot read " + path);
    if (options.target_device == "bad") throw Error(ErrorCode::kInvalidArgument, "no device \"bad\"");
    return std::make_unique<FakeModel>(1.0F, path, alive, device);
  }

  std::unique_ptr<Model> load_buffers(ModelBuffers buffers, const ModelOptions&) override {
    const std::string text(reinterpret_cast<const char*>(buffers.model.data), buffers.model.size);
    note("buffers " + text);
    if (is_bad(text)) throw Error(ErrorCode::kInternal, "cannot compile " + text);
    return std::make_unique<FakeModel>(2.0F, text, alive, device);
  }

  void mark_bad(const std::string& what, bool bad = true) {
    const std::lock_guard lock(mutex_);
    if (bad) {
      bad_.insert(what);
    } else {
      bad_.erase(what);
    }
  }
  void block(const std::string& path) {
    const std::lock_guard lock(mutex_);
    blocked_.insert(path);
  }
  void unblock(const std::string& path) {
    const std::lock_guard lock(mutex_);
    blocked_.erase(path);
    changed_.notify_all();
  }
  std::vector<std::string> loads() {
    const std::lock_guard lock(mutex_);
    return loads_;
  }

  std::atomic<int> alive{0};
  FakeDevice device;

 private:
  void wait_while_blocked(const std::string& path) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !blocked_.contains(path); });
  }
  void note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    loads_.push_back(what);
  }
  bool is_bad(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return what.starts_with("bad") || bad_.contains(what);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> bad_;
  std::set<std::string> blocked_;
  std::vector<std::string> loads_;
};

}  // namespace ovserve::testing
