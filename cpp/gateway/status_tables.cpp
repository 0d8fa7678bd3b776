#include "gateway/status_tables.h"

namespace ovserve {

front::GrpcCode grpc_code_of(ErrorCode code) noexcept {
  using front::GrpcCode;
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return GrpcCode::kInvalidArgument;
    case ErrorCode::kNotFound:
      return GrpcCode::kNotFound;
    case ErrorCode::kAlreadyExists:
      return GrpcCode::kAlreadyExists;
    case ErrorCode::kFailedPrecondition:
      return GrpcCode::kFailedPrecondition;
    case ErrorCode::kUnavailable:
      return GrpcCode::kUnavailable;
    case ErrorCode::kResourceExhausted:
      return GrpcCode::kResourceExhausted;
    case ErrorCode::kDeadlineExceeded:
      return GrpcCode::kDeadlineExceeded;
    case ErrorCode::kCancelled:
      return GrpcCode::kCancelled;
    case ErrorCode::kUnimplemented:
      return GrpcCode::kUnimplemented;
    case ErrorCode::kInternal:
      break;
  }
  return GrpcCode::kInternal;
}

int http_status_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
      return 409;
    case ErrorCode::kFailedPrecondition:
      return 412;
    case ErrorCode::kUnavailable:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kDeadlineExceeded:
      return 504;
    case ErrorCode::kUnimplemented:
      return 501;
    case ErrorCode::kInternal:
      break;
  }
  return 500;
}

}  // namespace ovserve
