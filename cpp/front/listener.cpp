#include "front/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace ovserve::front {
namespace {

constexpr int kBacklog = 1024;
// In one turn, so that a rush of clients does not hold up those that are served.
constexpr int kAcceptedPerTurn = 64;

[[noreturn]] void fail(const ListenAddress& address, const std::string& why) {
  throw Error(ErrorCode::kUnavailable,
              "cannot listen on " + address.host + ":" + std::to_string(address.port) + ": " + why);
}

[[noreturn]] void fail_with_errno(const ListenAddress& address) {
  fail(address, std::generic_category().message(errno) + (errno == EADDRINUSE ? "; choose another port" : ""));
}

std::uint16_t port_of(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  // The port lies at the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
}

void set(int fd, int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); }

void switch_on(int fd, int level, int option) { set(fd, level, option, 1); }

FileDescriptor open_socket(const ListenAddress& address, const addrinfo& info) {
  FileDescriptor fd(::socket(info.ai_family, info.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, info.ai_protocol));
  if (!fd) fail_with_errno(address);
  // Lets a port be taken whose last connections are still waiting to be forgotten, not one that
  // somebody listens at. Without SO_REUSEPORT no other process can join this one at its port.
  switch_on(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (info.ai_family == AF_INET6) set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, address.both_families ? 0 : 1);
  if (::bind(fd.get(), info.ai_addr, info.ai_addrlen) != 0) fail_with_errno(address);
  if (::listen(fd.get(), kBacklog) != 0) fail_with_errno(address);
  return fd;
}

}  // namespace

std::vector<ListeningSocket> listen_at(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  if (const int error = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found); error != 0) {
    fail(address, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<ListeningSocket> sockets;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    // A free port was chosen for the first address; others of the same name would get another.
    if (address.port == 0 && !sockets.empty()) break;
    ListeningSocket socket{open_socket(address, *info), 0, address.protocols};
    socket.port = port_of(socket.fd.get());
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

Acceptor::Acceptor(EventLoop& loop, const ListeningSocket& socket, Accepted accepted)
    : loop_(loop),
      fd_(socket.fd.get()),
      protocols_(socket.protocols),
      accepted_(std::move(accepted)),
      spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  loop.watch(fd_, EPOLLIN | EPOLLEXCLUSIVE, *this);
}

void Acceptor::on_events(std::uint32_t /*events*/) {
  for (int i = 0; i < kAcceptedPerTurn && !stopped_; ++i) {
    if (!accept_one()) return;
  }
}

bool Acceptor::accept_one() {
  FileDescriptor connection(::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (connection) {
    switch_on(connection.get(), IPPROTO_TCP, TCP_NODELAY);
    accepted_(std::move(connection), protocols_);
    return true;
  }
  if (errno == ECONNABORTED || errno == EINTR) return true;
  if (errno != EMFILE && errno != ENFILE) return false;
  // Out of descriptors: the client is turned away rather than left waiting.
  if (refusals_.passes(loop_.now())) {
    log(LogLevel::kWarning, "ovserve.front", "connections are refused: the process has no file descriptors left");
  }
  spare_.reset();
  FileDescriptor(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)).reset();
  spare_ = FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return false;
}

void Acceptor::stop() {
  while (!stopped_ && accept_one()) continue;
  stopped_ = true;
  loop_.unwatch(fd_);
}

}  // namespace ovserve::front
