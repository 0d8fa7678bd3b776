#include "engine/model_compiler.h"

#include <gtest/gtest.h>

#include <openvino/runtime/properties.hpp>

#include "engine/adopted_tensor.h"
#include "engine/expect_error.h"
#include "engine/temporary_directory.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::expect_error;
namespace opset = testing::opset;

class ModelCompiler : public ::testing::Test {
 protected:
  CompiledForServing compile(const testing::Graph& model) {
    return compile_for_serving(core_, ModelSource::from_graph(model), options_);
  }

  std::int32_t streams(const CompiledForServing& compiled) { return compiled.model.get_property(ov::num_streams).num; }

  ov::hint::PerformanceMode hint(const CompiledForServing& compiled) {
    return compiled.model.get_property(ov::hint::performance_mode);
  }

  ov::Core core_;
  ModelOptions options_;
};

TEST_F(ModelCompiler, ATinyModelRunsOnOneStreamUnlessTheMachineIsOverloaded) {
  const CompiledForServing compiled = compile(testing::add_one());
  // Which way the measurement went is visible in the hint; what follows from it must be consistent.
  if (hint(compiled) == ov::hint::PerformanceMode::THROUGHPUT) GTEST_SKIP() << "one addition took over 0.2 ms here";
  EXPECT_EQ(streams(compiled), 1);
  EXPECT_FALSE(compiled.model.get_property(ov::hint::enable_cpu_pinning));
  EXPECT_EQ(compiled.request_count, 2U);
}

TEST_F(ModelCompiler, HeavyWeightsRunInParallelUnmeasured) {
  const auto b = testing::input("b", ov::element::f32, {1, 1500});
  const auto weights = opset::Constant::create(ov::element::f32, {1500, 1500}, std::vector<float>(2'250'000, 1.0F));
  const CompiledForServing compiled =
      compile(testing::graph({{"a", std::make_shared<opset::MatMul>(b, weights)}}, {b}));
  EXPECT_EQ(hint(compiled), ov::hint::PerformanceMode::THROUGHPUT);
  EXPECT_EQ(compiled.request_count, 2U * static_cast<std::uint32_t>(streams(compiled)));
}

TEST_F(ModelCompiler, ADynamicModelRunsInParallel) {
  EXPECT_EQ(hint(compile(testing::add_one({-1, 10}))), ov::hint::PerformanceMode::THROUGHPUT);
}

TEST_F(ModelCompiler, ACachedModelIsNotCompiledAgain) {
  const testing::TemporaryDirectory cache;
  options_.cache_dir = cache.path().string();
  options_.plugin_config = {{"NUM_STREAMS", std::int64_t{1}}};
  EXPECT_FALSE(compile(testing::add_one()).model.get_property(ov::loaded_from_cache));
  EXPECT_TRUE(compile(testing::add_one()).model.get_property(ov::loaded_from_cache));
  EXPECT_FALSE(compile(testing::add_one({3, 4})).model.get_property(ov::loaded_from_cache));
}

TEST_F(ModelCompiler, WhatTheUserSetsWins) {
  options_.plugin_config = {{"NUM_STREAMS", std::int64_t{2}}};
  options_.nireq = 7;
  const CompiledForServing compiled = compile(testing::add_one());
  EXPECT_EQ(streams(compiled), 2);
  EXPECT_EQ(compiled.request_count, 7U);
}

TEST_F(ModelCompiler, AHintOfTheUserWins) {
  options_.plugin_config = {{"PERFORMANCE_HINT", std::string("LATENCY")}};
  EXPECT_EQ(hint(compile(testing::add_one({-1, 10}))), ov::hint::PerformanceMode::LATENCY);
}

TEST_F(ModelCompiler, KeysOfOlderReleasesWork) {
  options_.plugin_config = {{"CPU_THROUGHPUT_STREAMS", std::string("CPU_THROUGHPUT_AUTO")},
                            {"CPU_BIND_THREAD", std::string("NO")}};
  const CompiledForServing compiled = compile(testing::add_one());
  EXPECT_EQ(hint(compiled), ov::hint::PerformanceMode::THROUGHPUT);
  EXPECT_FALSE(compiled.model.get_property(ov::hint::enable_cpu_pinning));
}

TEST_F(ModelCompiler, OtherDevicesCompile) {
  for (const char* device : {"AUTO:CPU", "HETERO:CPU", "MULTI:CPU"}) {
    options_.target_device = device;
    EXPECT_GE(compile(testing::add_one()).request_count, 1U) << device;
  }
}

TEST_F(ModelCompiler, NamesAnUnknownDevice) {
  for (const char* device : {"FOO", "", "GPU.77"}) {
    options_.target_device = device;
    expect_error(ErrorCode::kInvalidArgument, "target_device \"" + std::string(device) + "\"",
                 [&] { compile(testing::add_one()); });
  }
}

TEST_F(ModelCompiler, NamesAnUnknownProperty) {
  options_.plugin_config = {{"NUM_STREAMS", std::int64_t{1}}, {"NO_SUCH_KEY", std::string("5")}};
  expect_error(ErrorCode::kInvalidArgument, "plugin_config: NO_SUCH_KEY = 5", [&] { compile(testing::add_one()); });
}

TEST_F(ModelCompiler, NamesAPropertyWithABadValue) {
  options_.plugin_config = {{"ENABLE_CPU_PINNING", false}, {"NUM_STREAMS", std::string("many")}};
  expect_error(ErrorCode::kInvalidArgument, "plugin_config: NUM_STREAMS = many", [&] { compile(testing::add_one()); });
}

TEST_F(ModelCompiler, NamesAPropertyOfABlobToo) {
  options_.plugin_config = {{"NO_SUCH_KEY", true}};
  const auto source = ModelSource::from_blob(adopt(testing::buffer_of(testing::export_blob(testing::add_one()))));
  expect_error(ErrorCode::kInvalidArgument, "plugin_config: NO_SUCH_KEY = true",
               [&] { compile_for_serving(core_, source, options_); });
}

TEST_F(ModelCompiler, AModelThatTheDeviceCannotRunIsNotTheOptionsFault) {
  const auto b = testing::input("b", ov::element::u1, {1, 8});
  expect_error(ErrorCode::kInternal, "cannot compile the model for CPU", [&] {
    compile(testing::graph(
        {{"a", std::make_shared<opset::Reshape>(b, opset::Constant::create(ov::element::i64, {2}, {8, 1}), false)}},
        {b}));
  });
}

TEST_F(ModelCompiler, RefusesTooManyRequests) {
  options_.nireq = 100'000;
  EXPECT_NO_THROW(check_options(options_));
  options_.nireq = 100'001;
  expect_error(ErrorCode::kInvalidArgument, "nireq 100001", [&] { check_options(options_); });
}

}  // namespace
}  // namespace ovserve
