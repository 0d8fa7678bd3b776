#include "front/peer_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

namespace ovserve::front {

std::shared_ptr<const std::string> peer_name(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::make_shared<std::string>();
  if (address.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
    return std::make_shared<std::string>(std::string(text.data()) + ":" + std::to_string(ntohs(ipv4.sin_port)));
  }
  if (address.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
    std::string name = "[";
    name += text.data();
    name += "]:";
    name += std::to_string(ntohs(ipv6.sin6_port));
    return std::make_shared<std::string>(std::move(name));
  }
  return std::make_shared<std::string>();
}

}  // namespace ovserve::front
