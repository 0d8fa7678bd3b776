#pragma once

#include <string>
#include <string_view>

namespace ovserve {

/// Throws Error(kInvalidArgument) with `what` and the input's name, which the client chose: it is
/// made printable and cut where it is too long for a status line.
[[noreturn]] void throw_input_error(const std::string& what, std::string_view input);

}  // namespace ovserve
