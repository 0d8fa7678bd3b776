#include "front/peer_name.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "front/file_descriptor.h"

namespace ovserve::front {
namespace {

// Connects to a listener of that address; returns what the accepted end says of the other one, and its port.
template <class Address>
std::pair<std::string, std::uint16_t> name_of_client(Address address, in_port_t Address::* port) {
  const int family = reinterpret_cast<const sockaddr&>(address).sa_family;
  const FileDescriptor listener(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  socklen_t size = sizeof address;
  if (!listener || ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return {};
  ::listen(listener.get(), 1);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const FileDescriptor client(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!client) return {};
  EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  const FileDescriptor accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ::getsockname(client.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return {*peer_name(accepted.get()), ntohs(address.*port)};
}

TEST(PeerName, NamesAddressAndPort) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto [name, port] = name_of_client(ipv4, &sockaddr_in::sin_port);
  EXPECT_EQ(name, "127.0.0.1:" + std::to_string(port));
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_addr = in6addr_loopback;
  const auto [name6, port6] = name_of_client(ipv6, &sockaddr_in6::sin6_port);
  if (name6.empty()) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_EQ(name6, "[::1]:" + std::to_string(port6));
}

TEST(PeerName, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(*peer_name(-1), "");
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  const FileDescriptor first(pair[0]);
  const FileDescriptor second(pair[1]);
  EXPECT_EQ(*peer_name(first.get()), "");
}

}  // namespace
}  // namespace ovserve::front
