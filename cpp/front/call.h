#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_chain.h"
#include "front/body.h"
#include "front/grpc_status.h"
#include "front/header_list.h"

namespace ovserve::front {

using Clock = std::chrono::steady_clock;

enum class Protocol { kGrpc, kHttp };

/// What is known of a call when its headers have arrived.
struct CallHead {
  Protocol protocol = Protocol::kHttp;
  std::string method;  ///< "POST"; always that for gRPC
  std::string path;    ///< "/package.Service/Method", or the target of an HTTP request with its query
  HeaderList headers;  ///< without the pseudo fields of HTTP/2
  std::optional<Clock::time_point> deadline;
  std::shared_ptr<const std::string> peer;  ///< "127.0.0.1:54872"; null where nobody has set it

  std::string_view header(std::string_view name) const noexcept { return headers.find(name).value_or(""); }
};

/// A call that has arrived completely, or a gRPC stream that has been opened (its body is empty).
struct Call {
  CallHead head;
  Body body;
  /// Told to stop when nobody waits for the answer any more: the client cancelled or went, the
  /// deadline passed, or the server stops.
  std::stop_token cancelled;
};

/// The end of a gRPC call. A body is sent only with kOk.
struct GrpcReply {
  GrpcCode code = GrpcCode::kOk;
  std::string message;
  ByteChain body;
};

/// Names are in lower case. The front adds content-length, date and what belongs to the connection.
struct HttpReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  ByteChain body;
  std::string reason{};  ///< what HTTP/1.1 says beside the status; empty: what is usual
};

}  // namespace ovserve::front
