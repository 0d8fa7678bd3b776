#include "socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>
#include <vector>

namespace ovserve::bench {
namespace {

constexpr std::size_t kReadBuffer = std::size_t{1} << 20U;

Socket::Transfer outcome_of(ssize_t result) noexcept {
  if (result > 0) return {Socket::State::kDone, static_cast<std::size_t>(result)};
  if (result < 0 && (errno == EAGAIN || errno == EINTR)) return {Socket::State::kWouldBlock, 0};
  return {Socket::State::kClosed, 0};
}

}  // namespace

Socket::Socket(const std::string& host, std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const std::string address_text = host + ":" + std::to_string(port);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const bool is_address = ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
  if (!is_address) errno = EINVAL;
  if (descriptor_ < 0 || !is_address ||
      ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw std::system_error(error, std::generic_category(), "cannot connect to " + address_text);
  }
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
}

Socket::~Socket() { ::close(descriptor_); }

Socket::Transfer Socket::read(std::span<char> buffer) noexcept {
  return outcome_of(::recv(descriptor_, buffer.data(), buffer.size(), 0));
}

Socket::Transfer Socket::write(std::span<const iovec> pieces) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg only reads
  message.msg_iovlen = std::min<std::size_t>(pieces.size(), IOV_MAX);
  return outcome_of(::sendmsg(descriptor_, &message, MSG_NOSIGNAL));
}

std::span<char> read_buffer() noexcept {
  static std::vector<char> buffer(kReadBuffer);
  return buffer;
}

}  // namespace ovserve::bench
