#pragma once

#include <string>
#include <string_view>

namespace ovserve::front {

/// The status codes of gRPC, with their numbers on the wire.
enum class GrpcCode {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// The code as the grpc-status field has it.
std::string_view decimal(GrpcCode code) noexcept;

/// A message as the grpc-message field has it: bytes outside of printable ASCII, and the percent
/// sign, as %XX. What would be longer than clients accept is cut off (source: gRPC over HTTP/2,
/// "Responses", and the 8 KiB of metadata that clients take by default).
std::string percent_encoded(std::string_view message);

}  // namespace ovserve::front
