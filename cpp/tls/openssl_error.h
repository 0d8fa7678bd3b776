#pragma once

#include <string>

namespace ovserve::tls {

/// Throws an Error (kInvalidArgument) that names what failed and what OpenSSL says about it.
[[noreturn]] void throw_openssl_error(const std::string& what);

}  // namespace ovserve::tls
