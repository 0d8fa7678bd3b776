#include "engine/openvino_model.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <openvino/runtime/core.hpp>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/awaited_outcome.h"
#include "engine/expect_error.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using namespace std::chrono_literals;
using testing::AwaitedOutcome;
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

std::vector<float> first_output(const InferResult& result) { return values_of<float>(result.outputs()[0]); }

TEST(OpenVinoModel, InfersWithoutAThreadThatWaits) {
  const std::vector<float> input(10, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
  for (const bool runs_inline : {true, false}) {
    ov::Core core;
    OpenVinoModel model(InferRequestPool::create(core.compile_model(testing::add_one(), "CPU"), 1), 1, runs_inline);
    EXPECT_EQ(model.runs_inline(), runs_inline);
    AwaitedOutcome outcome;
    model.infer_async({&tensor, 1}, outcome.completion(), {});
    EXPECT_TRUE(outcome.is_there() || !runs_inline);
    const auto result = outcome.result();
    ASSERT_NE(result, nullptr);
    EXPECT_EQ(first_output(*result), std::vector<float>(10, 2.0F));
    EXPECT_GT(result->times().ran, 0ns);
    EXPECT_EQ(model.statistics().active, 1U);
  }
}

TEST(OpenVinoModel, WhatFindsNoFreeRequestIsBegunByWhoGivesOneBack) {
  const std::vector<float> input(10, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
  for (const bool runs_inline : {true, false}) {
    ov::Core core;
    OpenVinoModel model(InferRequestPool::create(core.compile_model(testing::add_one(), "CPU"), 1), 1, runs_inline);
    auto held = model.infer({&tensor, 1});
    AwaitedOutcome first;
    AwaitedOutcome second;
    model.infer_async({&tensor, 1}, first.completion(), {});
    model.infer_async({&tensor, 1}, second.completion(), {});
    EXPECT_FALSE(first.is_there());
    EXPECT_EQ(model.statistics().waiting, 2U);
    held.reset();
    held = first.result();
    ASSERT_NE(held, nullptr);
    EXPECT_EQ(first_output(*held), std::vector<float>(10, 2.0F));
    EXPECT_FALSE(second.is_there());
    EXPECT_EQ(model.statistics().waiting, 1U);
    held.reset();
    EXPECT_NE(second.result(), nullptr);
    EXPECT_EQ(model.statistics().waiting, 0U);
  }
}

TEST(OpenVinoModel, ACancelledInferenceThatWaitsNeverRuns) {
  const auto model = make_model(testing::add_one(), 1);
  const std::vector<float> input(10, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
  auto held = model->infer({&tensor, 1});
  std::stop_source given_up;
  AwaitedOutcome first;
  AwaitedOutcome second;
  model->infer_async({&tensor, 1}, first.completion(), given_up.get_token());
  model->infer_async({&tensor, 1}, second.completion(), {});
  given_up.request_stop();
  EXPECT_TRUE(first.is_there());
  EXPECT_EQ(first.error(), testing::kCancelled);
  EXPECT_EQ(model->statistics().waiting, 1U);
  held.reset();
  EXPECT_NE(second.result(), nullptr);
  AwaitedOutcome third;
  model->infer_async({&tensor, 1}, third.completion(), given_up.get_token());
  EXPECT_EQ(third.error(), testing::kCancelled);
}

TEST(OpenVinoModel, ACancelledInferenceThatRunsIsBrokenOff) {
  const auto model = make_model(testing::chain(512, 2000, 512), 1);  // many seconds
  const std::vector<float> input(std::size_t{512} * 512, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {512, 512}, input);
  std::stop_source given_up;
  AwaitedOutcome outcome;
  model->infer_async({&tensor, 1}, outcome.completion(), given_up.get_token());
  EXPECT_EQ(model->statistics().active, 1U);
  given_up.request_stop();
  EXPECT_EQ(outcome.error(), testing::kCancelled);
}

TEST(OpenVinoModel, WhatACompletionThrowsHarmsNobody) {
  const std::vector<float> input(10, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
  for (const bool runs_inline : {true, false}) {
    ov::Core core;
    OpenVinoModel model(InferRequestPool::create(core.compile_model(testing::add_one(), "CPU"), 1), 1, runs_inline);
    for (int round = 0; round < 3; ++round) {
      model.infer_async({&tensor, 1}, [](const InferOutcome&) { throw std::runtime_error("not today"); }, {});
    }
    EXPECT_EQ(infer(model, input, {1, 10}), std::vector<float>(10, 2.0F));
  }
}

TEST(OpenVinoModel, AnErrorOfAnInferenceGoesToItsCompletion) {
  const auto model = make_model(reshape_as_asked(), 1);
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> wrong{5, 5};
  const std::vector<std::int64_t> right{2, 3};
  const std::vector<TensorView> bad{view(ElementType::kF32, {6}, values), view(ElementType::kI64, {2}, wrong)};
  const std::vector<TensorView> good{view(ElementType::kF32, {6}, values), view(ElementType::kI64, {2}, right)};
  for (int round = 0; round < 3; ++round) {
    AwaitedOutcome failed;
    model->infer_async(bad, failed.completion(), {});
    EXPECT_TRUE(failed.error().starts_with("FAILED_PRECONDITION: the model cannot take inputs of these shapes: "));
    AwaitedOutcome done;
    model->infer_async(good, done.completion(), {});
    const auto result = done.result();
    ASSERT_NE(result, nullptr);
    EXPECT_EQ(first_output(*result), values);
  }
  AwaitedOutcome too_few;
  model->infer_async({good.data(), 1}, too_few.completion(), {});
  EXPECT_EQ(too_few.error(), "INTERNAL: 1 inputs given, the model has 2");
}

// The last that holds a compiled model may be a callback of its own.
TEST(OpenVinoModel, MayBeDestroyedByACompletion) {
  const std::vector<float> input(10, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
  for (int round = 0; round < 20; ++round) {
    auto model = make_model(testing::add_one(), 1);
    Model* const plain = model.get();
    std::promise<std::vector<float>> values;
    plain->infer_async({&tensor, 1},
                       [last = std::shared_ptr<Model>(std::move(model)), &values](InferOutcome outcome) mutable {
                         const auto result = std::get<std::unique_ptr<InferResult>>(std::move(outcome));
                         last.reset();
                         values.set_value(first_output(*result));
                       },
                       {});
    EXPECT_EQ(values.get_future().get(), std::vector<float>(10, 2.0F));
  }
}

// Threads and callbacks take turns on the same requests, and some give up.
TEST(OpenVinoModel, InfersInEveryWayAtOnce) {
  for (const bool runs_inline : {true, false}) {
    ov::Core core;
    OpenVinoModel model(InferRequestPool::create(core.compile_model(testing::add_one(), "CPU", ov::num_streams(2)), 2),
                        2, runs_inline);
    std::atomic<int> wrong = 0;
    std::atomic<int> ended = 0;
    constexpr int kThreads = 4;
    constexpr int kRounds = 300;
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kRounds; ++i) {
          const auto value = static_cast<float>(t * 1000 + i);
          const std::vector<float> input(10, value);
          if (i % 3 == 0 && infer(model, input, {1, 10}) != std::vector<float>(10, value + 1)) ++wrong;
          const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
          std::stop_source given_up;
          AwaitedOutcome awaited;
          model.infer_async({&tensor, 1}, awaited.completion(), given_up.get_token());
          if (i % 5 == 0) given_up.request_stop();
          const InferOutcome outcome = awaited.get();
          const auto* result = std::get_if<std::unique_ptr<InferResult>>(&outcome);
          if (result != nullptr && first_output(**result) != std::vector<float>(10, value + 1)) ++wrong;
          if (result == nullptr && i % 5 != 0) ++wrong;
          ++ended;
        }
      });
    }
    threads.clear();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(ended, kThreads * kRounds);
    EXPECT_EQ(model.statistics().waiting, 0U);
    EXPECT_EQ(model.statistics().active, 0U);
  }
}

}  // namespace
}  // namespace ovserve
