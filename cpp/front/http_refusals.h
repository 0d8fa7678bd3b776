#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "front/call.h"
#include "front/gzip.h"

namespace ovserve::front {

/// What the front itself answers to HTTP requests that it cannot take.
HttpReply has_too_much(std::uint64_t limit);
std::string too_large_head_text(std::size_t limit);
std::string too_many_fields_text(std::size_t limit);
HttpReply has_no_memory();
/// `codings`: what the client named.
HttpReply has_unknown_coding(std::string_view codings);
/// For every result but kOk.
HttpReply cannot_be_inflated(InflateResult result, std::uint64_t limit);
/// The handler did not answer with HTTP.
HttpReply has_wrong_answer();

}  // namespace ovserve::front
