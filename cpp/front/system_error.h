#pragma once

#include <string>

namespace ovserve::front {

/// Throws an Error (kInternal) that names what failed and, from errno, why.
[[noreturn]] void throw_system_error(const std::string& what);

}  // namespace ovserve::front
