#pragma once

#include <optional>

#include "repository/version_policy.h"

namespace ovserve {

/// In every API 0 asks for the default version, as no version does.
inline std::optional<Version> requested(std::optional<Version> version) noexcept {
  return version == 0 ? std::nullopt : version;
}

}  // namespace ovserve
