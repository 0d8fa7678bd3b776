#pragma once

#include <cstddef>
#include <stop_token>
#include <string_view>

#include "base/byte_chain.h"
#include "front/body.h"

namespace ovserve::front {

/// Below this size compressing does not pay.
inline constexpr std::size_t kWorthCompressing = 1024;

/// The bytes compressed, in one piece, at the level that costs least.
ByteChain gzip(const ByteChain& bytes);

enum class InflateResult { kOk, kBroken, kTooLarge, kNoMemory, kStopped };

/// Appends to `into` what gzip or zlib compressed into `bytes`; stops as soon as that exceeds
/// `limit`, or the memory that `into` may take, so that a small message cannot become a large one,
/// or when it is told to.
InflateResult inflate(std::string_view bytes, std::size_t limit, Body& into, const std::stop_token& stop = {});

}  // namespace ovserve::front
