#include "engine/execution_mode.h"

#include <gtest/gtest.h>

#include <openvino/runtime/core.hpp>

#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using std::chrono::microseconds;

TEST(ExecutionMode, OnlyFastModelsRunInline) {
  EXPECT_EQ(choose_mode(microseconds(20)), ExecutionMode::kInline);
  EXPECT_EQ(choose_mode(microseconds(500)), ExecutionMode::kParallel);
  EXPECT_EQ(choose_mode(std::nullopt), ExecutionMode::kParallel);
}

TEST(ExecutionMode, InlineIsOneStreamWithoutPinning) {
  const ov::AnyMap properties = with_mode({}, ExecutionMode::kInline);
  EXPECT_EQ(properties.at("NUM_STREAMS").as<std::string>(), "1");
  EXPECT_EQ(properties.count("INFERENCE_NUM_THREADS"), 0U) << "with one, the device loses errors of shapes";
  EXPECT_FALSE(properties.at("ENABLE_CPU_PINNING").as<bool>());
}

TEST(ExecutionMode, ParallelIsTheThroughputHint) {
  EXPECT_EQ(with_mode({}, ExecutionMode::kParallel).at("PERFORMANCE_HINT").as<std::string>(), "THROUGHPUT");
}

TEST(ExecutionMode, WhatTheUserSetStays) {
  const ov::AnyMap properties = with_mode({{"ENABLE_CPU_PINNING", "YES"}}, ExecutionMode::kInline);
  EXPECT_EQ(properties.at("ENABLE_CPU_PINNING").as<std::string>(), "YES");
}

TEST(ExecutionMode, MeasuresAModelOfFixedSize) {
  ov::Core core;
  auto model = core.compile_model(testing::add_one(), "CPU");
  const auto time = measure_inference(model);
  ASSERT_TRUE(time.has_value());
  EXPECT_GT(time->count(), 0);
}

TEST(ExecutionMode, CannotMeasureADynamicModel) {
  ov::Core core;
  auto model = core.compile_model(testing::add_one({-1, 10}), "CPU");
  EXPECT_FALSE(measure_inference(model).has_value());
}

}  // namespace
}  // namespace ovserve
