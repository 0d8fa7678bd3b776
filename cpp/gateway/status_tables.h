#pragma once

#include "base/error.h"
#include "front/grpc_status.h"

/// The two tables from error codes to what the protocols say; the Python faces have the same.
namespace ovserve {

front::GrpcCode grpc_code_of(ErrorCode code) noexcept;

/// 200, 404, ...
int http_status_of(ErrorCode code) noexcept;

}  // namespace ovserve
