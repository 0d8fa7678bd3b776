#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/model.h"

namespace ovserve::testing {

/// A model whose outputs are what the test says; notes what its inputs were. Runs inline.
class ScriptedModel : public Model {
 public:
  struct Output {
    TensorInfo info;
    Shape shape;
    std::vector<float> values;
  };

  ScriptedModel(std::vector<TensorInfo> inputs, std::vector<Output> outputs) : outputs_(std::move(outputs)) {
    signature_.inputs = std::move(inputs);
    for (const Output& output : outputs_) signature_.outputs.push_back(output.info);
  }

  const Signature& signature() const noexcept override { return signature_; }

  void infer_async(std::span<const TensorView> inputs, InferCompletion completion,
                   std::stop_token /*cancelled*/) override {
    completion(infer(inputs));
  }

  std::unique_ptr<InferResult> infer(std::span<const TensorView> inputs) override {
    for (const TensorView& input : inputs) {
      seen.emplace_back(static_cast<const char*>(input.data), input.bytes);
    }
    return std::make_unique<Result>(outputs_, results_alive);
  }

  bool runs_inline() const noexcept override { return true; }

  std::vector<std::string> seen;  ///< the bytes of each input of each inference
  int results_alive = 0;

 private:
  class Result : public InferResult {
   public:
    Result(const std::vector<Output>& outputs, int& alive) : alive_(alive) {
      ++alive_;
      for (const Output& output : outputs) {
        views_.push_back({output.info.type, output.shape, output.values.data(), output.values.size() * sizeof(float)});
      }
    }
    ~Result() override { --alive_; }
    std::span<const TensorView> outputs() const noexcept override { return views_; }

   private:
    int& alive_;
    std::vector<TensorView> views_;
  };

  std::vector<Output> outputs_;
  Signature signature_;
};

/// Hands out models by their path: "one" has input b and output a of shape [1,2]; "two" has two
/// inputs and two outputs; "large" has an output of 100000 numbers beside a small one; "image" takes images
/// of 1x2 pixels; everything else fails to load.
class ScriptedEngine : public Engine {
 public:
  std::unique_ptr<Model> load_files(const std::string& path, const ModelOptions& /*options*/) override {
    const std::vector<Dimension> shape{Dimension::any(), Dimension::fixed(2)};
    const auto tensor = [&](const char* name) { return TensorInfo{name, ElementType::kF32, shape, false}; };
    std::unique_ptr<ScriptedModel> model;
    if (path == "one") {
      model = std::make_unique<ScriptedModel>(std::vector{tensor("b")},
                                              std::vector<ScriptedModel::Output>{{tensor("a"), {1, 2}, {1.5F, 2.0F}}});
    } else if (path == "two") {
      model = std::make_unique<ScriptedModel>(
          std::vector{tensor("x"), tensor("y")},
          std::vector<ScriptedModel::Output>{{tensor("p"), {1, 2}, {1, 2}}, {tensor("q"), {1, 2}, {3, 4}}});
    } else if (path == "large") {
      const std::vector<float> numbers(100'000, 4.0F);
      const TensorInfo info{"p", ElementType::kF32, {Dimension::any()}, false};
      model = std::make_unique<ScriptedModel>(
          std::vector{tensor("b")},
          std::vector<ScriptedModel::Output>{{info, {100'000}, numbers}, {tensor("q"), {1, 2}, {3, 4}}});
    } else if (path == "image") {
      const std::vector<Dimension> image{Dimension::any(), Dimension::fixed(1), Dimension::fixed(2),
                                         Dimension::fixed(3)};
      model = std::make_unique<ScriptedModel>(std::vector{TensorInfo{"image", ElementType::kU8, image, false, "NHWC"}},
                                              std::vector<ScriptedModel::Output>{{tensor("a"), {1, 2}, {1.5F, 2.0F}}});
    } else {
      throw Error(ErrorCode::kInternal, "cannot read " + path);
    }
    const std::lock_guard lock(mutex_);
    made_[path].push_back(model.get());
    return model;
  }

  std::unique_ptr<Model> load_buffers(ModelBuffers /*buffers*/, const ModelOptions& /*options*/) override {
    throw Error(ErrorCode::kInternal, "no loaders here");
  }

  /// Those that were made of a path, in any order: models are loaded side by side.
  std::vector<ScriptedModel*> made(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return made_[path];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<ScriptedModel*>> made_;  // guarded by mutex_
};

}  // namespace ovserve::testing
