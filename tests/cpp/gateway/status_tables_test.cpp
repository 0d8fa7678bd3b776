#include "gateway/status_tables.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

using front::GrpcCode;

struct Row {
  ErrorCode code;
  GrpcCode grpc;
  int http;
};

// The same tables as in python/ovserve/grpc_api/status_codes.py and rest_api/status_codes.py.
constexpr Row kRows[] = {
    {ErrorCode::kInvalidArgument, GrpcCode::kInvalidArgument, 400},
    {ErrorCode::kNotFound, GrpcCode::kNotFound, 404},
    {ErrorCode::kAlreadyExists, GrpcCode::kAlreadyExists, 409},
    {ErrorCode::kFailedPrecondition, GrpcCode::kFailedPrecondition, 412},
    {ErrorCode::kUnavailable, GrpcCode::kUnavailable, 503},
    {ErrorCode::kResourceExhausted, GrpcCode::kResourceExhausted, 503},
    {ErrorCode::kCancelled, GrpcCode::kCancelled, 503},
    {ErrorCode::kDeadlineExceeded, GrpcCode::kDeadlineExceeded, 504},
    {ErrorCode::kUnimplemented, GrpcCode::kUnimplemented, 501},
    {ErrorCode::kInternal, GrpcCode::kInternal, 500},
};

TEST(StatusTables, SayTheSameInBothProtocols) {
  for (const Row& row : kRows) {
    EXPECT_EQ(grpc_code_of(row.code), row.grpc) << name_of(row.code);
    EXPECT_EQ(http_status_of(row.code), row.http) << name_of(row.code);
  }
}

}  // namespace
}  // namespace ovserve
