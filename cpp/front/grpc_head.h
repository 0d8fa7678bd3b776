#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>

#include "front/call.h"
#include "front/header_list.h"

namespace ovserve::front {

/// What the header fields of a gRPC call ask for.
struct GrpcHead {
  std::optional<std::chrono::nanoseconds> timeout;
  bool is_compressed = false;  ///< messages may come compressed
  bool accepts_gzip = false;   ///< messages may be sent so
};

/// Whether a content type is one of gRPC: "application/grpc", alone or followed by "+" or ";".
bool is_grpc_content_type(std::string_view content_type) noexcept;

/// The value of a grpc-timeout field: one to eight digits and a unit, one of H, M, S, m, u, n.
std::optional<std::chrono::nanoseconds> parse_grpc_timeout(std::string_view text) noexcept;

/// Reads the fields of a call; a reply if they cannot be served. Source: gRPC over HTTP/2, "Requests".
std::variant<GrpcHead, GrpcReply> parse_grpc_head(const HeaderList& headers);

}  // namespace ovserve::front
