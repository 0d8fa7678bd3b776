#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "front/limits.h"
#include "front/transport.h"

namespace ovserve::front {

/// What is spoken on a port. HTTP means HTTP/1.1, and HTTP/2 with prior knowledge; gRPC is always
/// HTTP/2. Both on one port are told apart by the client's first bytes and the content type.
struct Protocols {
  bool grpc = false;
  bool http = false;
};

struct ListenAddress {
  std::string host = "0.0.0.0";  ///< a name or a numeric IPv4 or IPv6 address
  std::uint16_t port = 0;        ///< 0: any free one; see Server::ports()
  Protocols protocols{true, true};
  bool same_port = false;      ///< as the address before it, which matters where that had port 0
  bool both_families = false;  ///< "::" stands for the addresses of IPv4, too
};

struct ServerOptions {
  std::vector<ListenAddress> listen;
  int io_threads = 0;  ///< 0: one for each core, two at most
  Limits limits;
  bool compress_replies = false;  ///< gRPC replies, with gzip, for clients that accept it
  /// Plain sockets, if there is none.
  std::shared_ptr<const TransportFactory> transports;
};

}  // namespace ovserve::front
