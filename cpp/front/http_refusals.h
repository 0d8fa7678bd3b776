#pragma once

#include <cstddef>
#include <cstdint>

#include "front/call.h"
#include "front/gzip.h"

namespace ovserve::front {

/// What the front itself answers to HTTP requests that it cannot take.
HttpReply announces_too_much(std::uint64_t size, std::uint64_t limit);
HttpReply has_too_much(std::uint64_t limit);
HttpReply has_no_memory();
HttpReply has_unknown_coding();
/// For every result but kOk.
HttpReply cannot_be_inflated(InflateResult result, std::uint64_t limit);
/// The handler did not answer with HTTP.
HttpReply has_wrong_answer();

}  // namespace ovserve::front
