#pragma once

#include <stdexcept>
#include <string>

namespace ovserve {

/// What the caller can do about a failure. Each API has one table that turns these into its own
/// status codes; nothing in the core knows a gRPC or HTTP number.
enum class ErrorCode {
  kInvalidArgument,     ///< the request is wrong: change it
  kNotFound,            ///< no such model, version or route
  kAlreadyExists,       ///< the name is taken
  kFailedPrecondition,  ///< well formed, but cannot be done in the present state (broken JSON too)
  kUnavailable,         ///< known, but not now: try again
  kResourceExhausted,   ///< a limit was reached
  kDeadlineExceeded,    ///< took longer than allowed
  kCancelled,           ///< the caller gave the request up
  kUnimplemented,       ///< the server does not offer this
  kInternal,            ///< the server, the device or user code failed
};

/// The upper-case name of the code ("INVALID_ARGUMENT"), as status APIs and logs print it.
const char* name_of(ErrorCode code) noexcept;

/// The only exception that leaves a core function. The message names the thing and the way out.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// The text of any exception in flight; call inside catch (...). Never throws: user code may have
/// thrown an int, or an exception whose what() is null. One line of printable UTF-8, bounded in
/// length. Not for abi::__forced_unwind (pthread_exit), which must be rethrown.
std::string describe_current_exception() noexcept;

}  // namespace ovserve
