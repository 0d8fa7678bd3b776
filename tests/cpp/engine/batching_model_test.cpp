#include "engine/batching_model.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <openvino/runtime/core.hpp>
#include <thread>
#include <vector>

#include "engine/awaited_outcome.h"
#include "engine/expect_error.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using namespace std::chrono_literals;
using testing::AwaitedOutcome;
using testing::values_of;
using testing::view;
namespace opset = testing::opset;

constexpr auto kNever = 1h;

/// One request of `rows` rows of ten equal numbers.
class Asked {
 public:
  Asked(Model& model, float value, std::int64_t rows = 1, std::int64_t width = 10, std::stop_token cancelled = {})
      : values_(static_cast<std::size_t>(rows * width), value),
        tensor_(view(ElementType::kF32, {rows, width}, values_)) {
    model.infer_async({&tensor_, 1}, outcome.completion(), std::move(cancelled));
  }
  Asked(const Asked&) = delete;

  /// Waits for the result, which must be the input plus one.
  std::unique_ptr<InferResult> expect_right() {
    auto result = outcome.result();
    if (result == nullptr) return nullptr;
    EXPECT_EQ(result->outputs()[0].shape, tensor_.shape);
    std::vector<float> expected = values_;
    for (float& value : expected) ++value;
    EXPECT_EQ(values_of<float>(result->outputs()[0]), expected);
    return result;
  }

  AwaitedOutcome outcome;

 private:
  const std::vector<float> values_;
  const TensorView tensor_;
};

class BatchingModelTest : public ::testing::Test {
 protected:
  void make(Batching batching, const testing::Graph& graph = testing::add_one({-1, 10}), std::uint32_t requests = 1) {
    auto pool = InferRequestPool::create(core_.compile_model(graph, "CPU", ov::num_streams(1)), requests);
    const Signature signature = pool->ports().signature;
    model_ = std::make_unique<BatchingModel>(std::move(pool), 1, signature, batching, std::make_shared<Timer>());
  }
  Model& model() { return *model_; }

 private:
  ov::Core core_;
  std::unique_ptr<BatchingModel> model_;
};

// What lies in one infer request ran as one.
bool share_a_request(const InferResult& first, const InferResult& second, std::size_t bytes_between) {
  return static_cast<const char*>(second.outputs()[0].data) - static_cast<const char*>(first.outputs()[0].data) ==
         static_cast<std::ptrdiff_t>(bytes_between);
}

TEST_F(BatchingModelTest, RunsAsOneWhatFillsABatch) {
  make({4, kNever});
  Asked first(model(), 1);
  Asked second(model(), 10, 2);
  EXPECT_FALSE(first.outcome.is_there());
  EXPECT_EQ(model().statistics().waiting, 2U);
  EXPECT_EQ(model().statistics().active, 0U);
  Asked third(model(), 100);
  const auto a = first.expect_right();
  const auto b = second.expect_right();
  const auto c = third.expect_right();
  EXPECT_TRUE(share_a_request(*a, *b, 10 * sizeof(float)));
  EXPECT_TRUE(share_a_request(*b, *c, 20 * sizeof(float)));
  EXPECT_EQ(model().statistics().waiting, 0U);
  EXPECT_EQ(model().statistics().active, 1U);
  EXPECT_GE(a->times().waited, c->times().waited);
  EXPECT_EQ(a->times().ran, c->times().ran);
}

TEST_F(BatchingModelTest, TheRequestGoesBackWithTheLastResult) {
  make({2, kNever});
  Asked first(model(), 1);
  Asked second(model(), 2);
  auto a = first.expect_right();
  auto b = second.expect_right();
  a.reset();
  EXPECT_EQ(model().statistics().active, 1U);
  EXPECT_EQ(values_of<float>(b->outputs()[0]), std::vector<float>(10, 3.0F));
  b.reset();
  EXPECT_EQ(model().statistics().active, 0U);
}

TEST_F(BatchingModelTest, RunsWhatIsThereWhenTheDelayIsOver) {
  make({64, 30ms});
  const auto began = std::chrono::steady_clock::now();
  Asked first(model(), 1);
  Asked second(model(), 2);
  const auto a = first.expect_right();
  EXPECT_GE(std::chrono::steady_clock::now() - began, 30ms);
  EXPECT_GE(a->times().waited, 30ms);
  const auto b = second.expect_right();
  EXPECT_TRUE(share_a_request(*a, *b, 10 * sizeof(float)));
}

TEST_F(BatchingModelTest, WithoutADelayGathersWhileNoRequestIsFree) {
  make({4, 0us});
  Asked alone(model(), 1);
  auto held = alone.expect_right();
  Asked first(model(), 2);
  Asked second(model(), 3);
  EXPECT_FALSE(first.outcome.is_there());
  held.reset();
  const auto a = first.expect_right();
  const auto b = second.expect_right();
  EXPECT_TRUE(share_a_request(*a, *b, 10 * sizeof(float)));
}

TEST_F(BatchingModelTest, WhatDoesNotFitAnyMoreBeginsTheNextBatch) {
  make({4, kNever}, testing::add_one({-1, 10}), 2);
  Asked first(model(), 1, 3);
  Asked second(model(), 2, 2);
  const auto a = first.expect_right();  // the first batch is as full as it gets
  EXPECT_FALSE(second.outcome.is_there());
  Asked third(model(), 3, 2);
  const auto b = second.expect_right();
  const auto c = third.expect_right();
  EXPECT_TRUE(share_a_request(*b, *c, 20 * sizeof(float)));
}

TEST_F(BatchingModelTest, WhatIsABatchAlreadyRunsByItself) {
  make({4, kNever}, testing::add_one({-1, 10}), 2);
  Asked waiting(model(), 1);
  Asked(model(), 2, 4).expect_right();
  Asked(model(), 3, 9).expect_right();
  EXPECT_FALSE(waiting.outcome.is_there());
  EXPECT_EQ(model().statistics().waiting, 1U);
  Asked(model(), 4, 3).expect_right();
  waiting.expect_right();
}

TEST_F(BatchingModelTest, OnlyEqualShapesRunAsOne) {
  make({2, kNever}, testing::add_one({-1, -1}), 2);
  Asked narrow(model(), 1, 1, 3);
  Asked wide(model(), 2, 1, 5);
  EXPECT_FALSE(narrow.outcome.is_there());
  Asked another_wide(model(), 3, 1, 5);
  const auto a = wide.expect_right();
  const auto b = another_wide.expect_right();
  EXPECT_TRUE(share_a_request(*a, *b, 5 * sizeof(float)));
  EXPECT_FALSE(narrow.outcome.is_there());
  Asked(model(), 4, 1, 3).expect_right();
  narrow.expect_right();
}

TEST_F(BatchingModelTest, InputsWithDifferentFirstDimensionsRunByThemselves) {
  const auto x = testing::input("x", ov::element::f32, {-1, 2});
  const auto y = testing::input("y", ov::element::f32, {-1, 2});
  make({4, kNever}, testing::graph({{"sum", std::make_shared<opset::Add>(x, y)}}, {x, y}));
  const std::vector<float> two_rows{1, 2, 3, 4};
  const std::vector<float> one_row{10, 20};
  const std::vector<TensorView> inputs{view(ElementType::kF32, {2, 2}, two_rows),
                                       view(ElementType::kF32, {1, 2}, one_row)};
  const auto result = model().infer(inputs);
  EXPECT_EQ(values_of<float>(result->outputs()[0]), (std::vector<float>{11, 22, 13, 24}));
}

TEST_F(BatchingModelTest, ThreadsThatWaitShareRunsToo) {
  make({2, kNever});
  const auto infer = [&](float value) {
    const std::vector<float> input(10, value);
    const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
    return model().infer({&tensor, 1});
  };
  auto other = std::async(std::launch::async, infer, 1.0F);
  const auto mine = infer(5);
  const auto theirs = other.get();
  EXPECT_EQ(values_of<float>(mine->outputs()[0]), std::vector<float>(10, 6.0F));
  EXPECT_EQ(values_of<float>(theirs->outputs()[0]), std::vector<float>(10, 2.0F));
}

TEST_F(BatchingModelTest, WhoGivesUpLeavesTheBatch) {
  make({3, kNever});
  std::stop_source given_up;
  Asked first(model(), 1);
  Asked leaving(model(), 2, 1, 10, given_up.get_token());
  given_up.request_stop();
  EXPECT_EQ(leaving.outcome.error(), testing::kCancelled);
  EXPECT_EQ(model().statistics().waiting, 1U);
  Asked second(model(), 3);
  EXPECT_FALSE(first.outcome.is_there()) << "two rows are no batch of three";
  EXPECT_EQ(Asked(model(), 4, 1, 10, given_up.get_token()).outcome.error(), testing::kCancelled);
  Asked third(model(), 5);
  const auto a = first.expect_right();
  const auto b = second.expect_right();
  third.expect_right();
  EXPECT_TRUE(share_a_request(*a, *b, 10 * sizeof(float)));
}

TEST_F(BatchingModelTest, ABatchThatAllHaveLeftIsGone) {
  make({2, 20ms});
  std::stop_source given_up;
  Asked leaving(model(), 1, 1, 10, given_up.get_token());
  given_up.request_stop();
  EXPECT_EQ(leaving.outcome.error(), testing::kCancelled);
  Asked next(model(), 2);
  next.expect_right();
  auto held = Asked(model(), 3).expect_right();
  Asked queued(model(), 4, 2, 10, given_up.get_token());
  EXPECT_EQ(queued.outcome.error(), testing::kCancelled);
  held.reset();
  EXPECT_EQ(model().statistics().active, 0U);
}

TEST_F(BatchingModelTest, ARunGoesOnForThoseWhoStay) {
  make({2, kNever}, testing::chain(512, 200, -1));
  std::stop_source given_up;
  const std::vector<float> values(512, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 512}, values);
  AwaitedOutcome staying;
  AwaitedOutcome leaving;
  model().infer_async({&tensor, 1}, staying.completion(), {});
  model().infer_async({&tensor, 1}, leaving.completion(), given_up.get_token());
  given_up.request_stop();
  EXPECT_NE(staying.result(), nullptr);
  EXPECT_NE(leaving.result(), nullptr) << "it ran along";
}

TEST_F(BatchingModelTest, ARunThatNobodyWantsIsBrokenOff) {
  make({2, kNever}, testing::chain(512, 2000, {1, 1024}));  // many seconds
  std::stop_source given_up;
  const std::vector<float> values(std::size_t{512} * 512, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {512, 512}, values);
  AwaitedOutcome alone;
  model().infer_async({&tensor, 1}, alone.completion(), given_up.get_token());
  given_up.request_stop();
  EXPECT_EQ(alone.error(), testing::kCancelled);
}

class Told {
 public:
  Told(Model& model, std::int64_t length) : length_{length} {
    inputs_ = {view(ElementType::kF32, {1, 6}, values_), view(ElementType::kI64, {1, 1}, length_)};
    model.infer_async(inputs_, outcome.completion(), {});
  }
  Told(const Told&) = delete;

  AwaitedOutcome outcome;

 private:
  const std::vector<float> values_{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> length_;
  std::vector<TensorView> inputs_;
};

TEST_F(BatchingModelTest, OnlyTheOneAtFaultFails) {
  make({3, kNever}, testing::rows_of_told_length(), 3);  // results that are not looked at yet hold theirs
  for (int round = 0; round < 3; ++round) {
    Told good(model(), 6);
    Told bad(model(), 7);
    Told also_good(model(), 6);
    EXPECT_TRUE(bad.outcome.error().starts_with("FAILED_PRECONDITION: the model cannot take inputs of these shapes: "));
    for (Told* told : {&good, &also_good}) {
      const auto result = told->outcome.result();
      ASSERT_NE(result, nullptr);
      EXPECT_EQ(values_of<float>(result->outputs()[0]), (std::vector<float>{1, 2, 3, 4, 5, 6}));
    }
  }
  EXPECT_EQ(model().statistics().waiting, 0U);
}

// As a compiled blob could: its outputs were not seen before.
TEST_F(BatchingModelTest, WhatCannotBeSharedOutRunsOneByOne) {
  const auto b = testing::input("b", ov::element::f32, {-1, 10});
  const auto shape = opset::Constant::create(ov::element::i64, {2}, {-1, 5});
  make({2, kNever}, testing::graph({{"a", std::make_shared<opset::Reshape>(b, shape, false)}}, {b}));
  Asked first(model(), 1);
  Asked second(model(), 2);
  for (auto* asked : {&first, &second}) {
    const auto result = asked->outcome.result();
    ASSERT_NE(result, nullptr);
    EXPECT_EQ(result->outputs()[0].shape, (Shape{2, 5}));
  }
}

TEST_F(BatchingModelTest, EverybodyGetsTheirOwn) {
  for (const auto delay : {0us, 200us}) {
    make({8, delay}, testing::add_one({-1, 10}), 2);
    std::atomic<int> wrong = 0;
    std::atomic<int> ended = 0;
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 200; ++i) {
          const std::int64_t rows = 1 + (i + t) % 5;
          const std::vector<float> input(static_cast<std::size_t>(10 * rows), static_cast<float>(t * 1000 + i));
          const std::vector<float> expected(input.size(), static_cast<float>(t * 1000 + i + 1));
          const TensorView tensor = view(ElementType::kF32, {rows, 10}, input);
          std::stop_source given_up;
          AwaitedOutcome awaited;
          model().infer_async({&tensor, 1}, awaited.completion(), given_up.get_token());
          if (i % 7 == 0) given_up.request_stop();
          const InferOutcome outcome = awaited.get();
          const auto* result = std::get_if<std::unique_ptr<InferResult>>(&outcome);
          if (result != nullptr && values_of<float>((*result)->outputs()[0]) != expected) ++wrong;
          if (result == nullptr && i % 7 != 0) ++wrong;
          ++ended;
        }
      });
    }
    threads.clear();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(ended, 800);
    EXPECT_EQ(model().statistics().waiting, 0U);
    EXPECT_EQ(model().statistics().active, 0U);
  }
}

}  // namespace
}  // namespace ovserve
