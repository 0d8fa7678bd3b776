#pragma once

#include <memory>
#include <string>

namespace ovserve::front {

/// "127.0.0.1:54872" or "[::1]:54872": who is at the other end of a socket; empty if nobody is any more.
std::shared_ptr<const std::string> peer_name(int fd);

}  // namespace ovserve::front
