#pragma once

#include <openvino/core/any.hpp>
#include <string>

#include "engine/model.h"

namespace ovserve {

/// The model's plugin_config for OpenVINO, types kept. Keys that OpenVINO dropped but old
/// configurations still have (CPU_THROUGHPUT_STREAMS and the like) are translated, with a log line;
/// a present-day key in the same configuration wins over a translated one.
ov::AnyMap plugin_properties(const ModelOptions& options);

/// Whether they say how many inferences run beside each other, so that nothing is to be chosen.
bool decides_streams(const ov::AnyMap& properties);

/// Throws Error(kInvalidArgument) if a property would have OpenVINO write compiled models to disk.
void refuse_cache(const ModelOptions& options);

/// "true", "2", "0.5", "text".
std::string to_string(const PluginValue& value);

}  // namespace ovserve
