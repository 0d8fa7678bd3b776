#include "engine/plugin_properties.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "engine/expect_error.h"

namespace ovserve {
namespace {

ModelOptions options_with(std::map<std::string, PluginValue> config, const std::string& device = "CPU") {
  ModelOptions options;
  options.target_device = device;
  options.plugin_config = std::move(config);
  return options;
}

std::map<std::string, std::string> texts(const ov::AnyMap& properties) {
  std::map<std::string, std::string> result;
  for (const auto& [key, value] : properties) result.emplace(key, value.as<std::string>());
  return result;
}

using Texts = std::map<std::string, std::string>;

TEST(PluginProperties, ValuesKeepTheirTypes) {
  const ov::AnyMap properties = plugin_properties(
      options_with({{"FLAG", true}, {"NUMBER", std::int64_t{3}}, {"RATIO", 0.5}, {"TEXT", std::string("words")}}));
  EXPECT_TRUE(properties.at("FLAG").is<bool>());
  EXPECT_TRUE(properties.at("NUMBER").is<std::int64_t>());
  EXPECT_TRUE(properties.at("RATIO").is<double>());
  EXPECT_EQ(properties.at("TEXT").as<std::string>(), "words");
}

TEST(PluginProperties, TranslatesWhatOlderReleasesCalledStreams) {
  EXPECT_EQ(texts(plugin_properties(options_with({{"CPU_THROUGHPUT_STREAMS", std::string("CPU_THROUGHPUT_AUTO")}}))),
            (Texts{{"PERFORMANCE_HINT", "THROUGHPUT"}}));
  EXPECT_EQ(texts(plugin_properties(options_with({{"CPU_THROUGHPUT_STREAMS", std::int64_t{2}}}))),
            (Texts{{"NUM_STREAMS", "2"}}));
  EXPECT_EQ(texts(plugin_properties(options_with({{"GPU_THROUGHPUT_STREAMS", std::string("3")}}, "GPU.1"))),
            (Texts{{"NUM_STREAMS", "3"}}));
}

TEST(PluginProperties, LeavesTheKeyOfAnotherDeviceAlone) {
  EXPECT_EQ(texts(plugin_properties(options_with({{"GPU_THROUGHPUT_STREAMS", std::string("3")}}))),
            (Texts{{"GPU_THROUGHPUT_STREAMS", "3"}}));
}

TEST(PluginProperties, TranslatesOtherOldKeys) {
  EXPECT_EQ(texts(plugin_properties(options_with({{"CPU_THREADS_NUM", std::int64_t{4}},
                                                  {"CPU_BIND_THREAD", std::string("NO")},
                                                  {"ENFORCE_BF16", std::string("NO")}}))),
            (Texts{{"INFERENCE_NUM_THREADS", "4"}, {"ENABLE_CPU_PINNING", "NO"}, {"INFERENCE_PRECISION_HINT", "f32"}}));
}

TEST(PluginProperties, APresentDayKeyWins) {
  EXPECT_EQ(texts(plugin_properties(
                options_with({{"CPU_THROUGHPUT_STREAMS", std::string("2")}, {"NUM_STREAMS", std::string("1")}}))),
            (Texts{{"NUM_STREAMS", "1"}}));
}

TEST(PluginProperties, KnowWhetherStreamsAreDecided) {
  EXPECT_TRUE(decides_streams({{"NUM_STREAMS", 1}}));
  EXPECT_TRUE(decides_streams({{"PERFORMANCE_HINT", "LATENCY"}}));
  EXPECT_FALSE(decides_streams({{"INFERENCE_NUM_THREADS", 1}}));
}

TEST(PluginProperties, RefuseACacheForModelsOfALoader) {
  EXPECT_NO_THROW(refuse_cache(options_with({{"NUM_STREAMS", std::string("1")}})));
  testing::expect_error(ErrorCode::kInvalidArgument, "CACHE_DIR",
                        [] { refuse_cache(options_with({{"CACHE_DIR", std::string("/cache")}})); });
  testing::expect_error(ErrorCode::kInvalidArgument, "DEVICE_PROPERTIES", [] {
    refuse_cache(options_with({{"DEVICE_PROPERTIES", std::string("{CPU:{CACHE_DIR:/cache}}")}}));
  });
}

}  // namespace
}  // namespace ovserve
