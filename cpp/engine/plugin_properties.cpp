#include "engine/plugin_properties.h"

#include <array>
#include <openvino/runtime/properties.hpp>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace ovserve {
namespace {

using Property = std::pair<std::string, std::string>;

constexpr const char* kLogger = "ovserve.engine";

ov::Any to_any(const PluginValue& value) {
  return std::visit([](const auto& typed) { return ov::Any(typed); }, value);
}

bool is_yes(const std::string& value) { return value == "YES" || value == "true"; }

// CPU_THROUGHPUT_STREAMS is meant for the CPU only; under another device it stays as it is.
std::optional<Property> streams_property(const std::string& key, const std::string& value, const std::string& device) {
  for (const std::string prefix : {"CPU", "GPU"}) {
    if (key != prefix + "_THROUGHPUT_STREAMS" || !device.starts_with(prefix)) continue;
    if (value == prefix + "_THROUGHPUT_AUTO") return Property{ov::hint::performance_mode.name(), "THROUGHPUT"};
    return Property{ov::num_streams.name(), value};
  }
  return std::nullopt;
}

// What a key and value of OpenVINO before 2022 and before 2024 are called today.
std::optional<Property> translate(const std::string& key, const std::string& value, const std::string& device) {
  if (const auto streams = streams_property(key, value, device)) return streams;
  if (key == "CPU_THREADS_NUM") return Property{ov::inference_num_threads.name(), value};
  if (key == "CPU_BIND_THREAD") return Property{ov::hint::enable_cpu_pinning.name(), value == "NO" ? "NO" : "YES"};
  if (key == "ENFORCE_BF16") return Property{ov::hint::inference_precision.name(), is_yes(value) ? "bf16" : "f32"};
  return std::nullopt;
}

void log_translation(const Property& old, const Property& today) {
  log(LogLevel::kInfo, kLogger,
      "plugin_config: " + old.first + " = " + old.second + " is the name of an older OpenVINO, taken as " +
          today.first + " = " + today.second);
}

}  // namespace

std::string to_string(const PluginValue& value) {
  std::ostringstream text;
  text << std::boolalpha;
  std::visit([&text](const auto& typed) { text << typed; }, value);
  return text.str();
}

ov::AnyMap plugin_properties(const ModelOptions& options) {
  ov::AnyMap properties;
  ov::AnyMap translated;
  for (const auto& [key, value] : options.plugin_config) {
    const std::string text = to_string(value);
    if (const auto today = translate(key, text, options.target_device)) {
      log_translation({key, text}, *today);
      translated.emplace(today->first, today->second);
    } else {
      properties.emplace(key, to_any(value));
    }
  }
  properties.merge(translated);
  return properties;
}

bool decides_streams(const ov::AnyMap& properties) {
  return properties.contains(ov::num_streams.name()) || properties.contains(ov::hint::performance_mode.name());
}

void refuse_cache(const ModelOptions& options) {
  const std::string cache = ov::cache_dir.name();
  for (const auto& [key, value] : options.plugin_config) {
    if (key.find(cache) == std::string::npos && to_string(value).find(cache) == std::string::npos) continue;
    throw Error(ErrorCode::kInvalidArgument,
                "plugin_config: " + key + " would write a model that came from a loader to disk; remove it");
  }
}

}  // namespace ovserve
