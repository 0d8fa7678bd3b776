#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "repository/version_policy.h"

namespace ovserve {

/// What a REST request asks for, of the routes that are answered natively.
struct RestTarget {
  enum class Action : std::uint8_t {
    kTfsPredict,
    kTfsStatus,
    kTfsMetadata,
    kKserveInfer,
    kKserveModelReady,
    kKserveModelMetadata,
    kServerLive,
    kServerReady,
  };

  Action action = Action::kServerLive;
  std::string model;
  std::optional<Version> version;
};

/// None for everything that the full table of routes has to judge: other paths, wrong methods, escaped
/// names, numbers that are no version. `path` is as sent, without the query.
std::optional<RestTarget> find_rest_target(std::string_view method, std::string_view path);

}  // namespace ovserve
