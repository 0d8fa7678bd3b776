#include "engine/openvino_model.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <openvino/runtime/core.hpp>
#include <thread>
#include <vector>

#include "engine/expect_error.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using namespace std::chrono_literals;
using testing::expect_error;
using testing::values_of;
using testing::view;
namespace opset = testing::opset;

std::unique_ptr<OpenVinoModel> make_model(const testing::Graph& graph, std::uint32_t requests, int streams = 1) {
  ov::Core core;
  auto compiled =
      core.compile_model(graph, "CPU", ov::num_streams(streams), ov::hint::inference_precision(ov::element::f32));
  return std::make_unique<OpenVinoModel>(InferRequestPool::create(std::move(compiled), requests));
}

std::vector<float> infer(Model& model, const std::vector<float>& input, Shape shape) {
  const TensorView tensor = view(ElementType::kF32, std::move(shape), input);
  const auto result = model.infer({&tensor, 1});
  return values_of<float>(result->outputs()[0]);
}

TEST(OpenVinoModel, Infers) {
  const auto model = make_model(testing::add_one(), 2);
  EXPECT_EQ(infer(*model, std::vector<float>(10, 1.0F), {1, 10}), std::vector<float>(10, 2.0F));
  EXPECT_EQ(model->signature().inputs[0].name, "b");
  EXPECT_EQ(model->request_count(), 2U);
}

TEST(OpenVinoModel, AResultOutlivesTheModel) {
  auto model = make_model(testing::add_one(), 1);
  const std::vector<float> input(10, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
  const auto result = model->infer({&tensor, 1});
  model.reset();
  EXPECT_EQ(values_of<float>(result->outputs()[0]), std::vector<float>(10, 2.0F));
}

TEST(OpenVinoModel, AResultHoldsItsRequestUntilItIsLetGo) {
  const auto model = make_model(testing::add_one(), 1);
  const std::vector<float> input(10, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
  auto result = model->infer({&tensor, 1});
  auto second = std::async(std::launch::async, [&] { return infer(*model, std::vector<float>(10, 5.0F), {1, 10}); });
  EXPECT_EQ(second.wait_for(20ms), std::future_status::timeout);
  EXPECT_EQ(values_of<float>(result->outputs()[0]), std::vector<float>(10, 2.0F));
  result.reset();
  ASSERT_EQ(second.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(second.get(), std::vector<float>(10, 6.0F));
}

TEST(OpenVinoModel, SaysWhatItIsDoing) {
  ov::Core core;
  OpenVinoModel model(InferRequestPool::create(core.compile_model(testing::add_one(), "CPU"), 1), 3);
  const std::vector<float> input(10, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
  auto result = model.infer({&tensor, 1});
  EXPECT_GT(result->times().ran, 0ns);
  EXPECT_EQ(model.statistics().streams, 3U);
  EXPECT_EQ(model.statistics().infer_requests, 1U);
  EXPECT_EQ(model.statistics().active, 1U);

  auto second = std::async(std::launch::async, [&] { return model.infer({&tensor, 1})->times(); });
  while (model.statistics().waiting == 0) std::this_thread::yield();
  const auto held_from = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(5ms);
  const auto held_for = std::chrono::steady_clock::now() - held_from;
  result.reset();
  EXPECT_GE(second.get().waited, held_for);
  EXPECT_EQ(model.statistics().active, 0U);
  EXPECT_EQ(model.statistics().waiting, 0U);
}

void expect_right_results_from_threads(Model& model, std::int64_t width) {
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&model, &wrong, t, width] {
      for (int i = 0; i < 40; ++i) {
        const auto value = static_cast<float>(t * 1000 + i);
        const std::vector<float> expected(static_cast<std::size_t>(width), value + 1);
        const std::vector<float> input(static_cast<std::size_t>(width), value);
        if (infer(model, input, {1, width}) != expected) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(OpenVinoModel, InfersFromManyThreads) {
  for (const std::uint32_t requests : {1U, 2U, 4U}) {
    for (const int streams : {1, 2}) {
      expect_right_results_from_threads(*make_model(testing::add_one(), requests, streams), 10);
      expect_right_results_from_threads(*make_model(testing::add_one({1, 20'000}), requests, streams), 20'000);
      expect_right_results_from_threads(*make_model(testing::add_one({1, -1}), requests, streams), 3000);
    }
  }
}

// Divides by zero shape at run time: the number of rows asked for does not fit the data.
testing::Graph reshape_as_asked() {
  const auto b = testing::input("b", ov::element::f32, {-1});
  const auto shape = testing::input("shape", ov::element::i64, {2});
  return testing::graph({{"a", std::make_shared<opset::Reshape>(b, shape, false)}}, {b, shape});
}

TEST(OpenVinoModel, AFailedInferenceSaysWhyAndSpoilsNothing) {
  const auto model = make_model(reshape_as_asked(), 1);
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> wrong{5, 5};
  const std::vector<std::int64_t> right{2, 3};
  for (int round = 0; round < 3; ++round) {
    const std::vector<TensorView> bad{view(ElementType::kF32, {6}, values), view(ElementType::kI64, {2}, wrong)};
    expect_error(ErrorCode::kFailedPrecondition,
                 "the model cannot take inputs of these shapes: ", [&] { model->infer(bad); });
    const std::vector<TensorView> good{view(ElementType::kF32, {6}, values), view(ElementType::kI64, {2}, right)};
    const auto result = model->infer(good);
    EXPECT_EQ(result->outputs()[0].shape, (Shape{2, 3}));
    EXPECT_EQ(values_of<float>(result->outputs()[0]), values);
  }
}

}  // namespace
}  // namespace ovserve
