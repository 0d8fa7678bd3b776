#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace ovserve::front {

RawClient::RawClient(std::uint16_t port, int receive_buffer) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const timeval patience{30, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd_ || ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

bool RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::end_output() const { ::shutdown(fd_.get(), SHUT_WR); }

void RawClient::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd_.reset();
}

bool RawClient::fill() {
  std::array<char, 65536> bytes;
  const auto size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (size <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

std::string RawClient::read_some() {
  if (buffer_.empty()) fill();
  return std::exchange(buffer_, {});
}

std::string RawClient::read_exactly(std::size_t size) {
  while (buffer_.size() < size && fill()) continue;
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, taken.size());
  return taken;
}

std::string RawClient::read_until(std::string_view end) {
  while (buffer_.find(end) == std::string::npos) {
    if (!fill()) return std::exchange(buffer_, {});
  }
  return read_exactly(buffer_.find(end) + end.size());
}

std::string RawClient::read_all() {
  while (fill()) continue;
  return std::exchange(buffer_, {});
}

std::string RawClient::read_reply() {
  static constexpr std::string_view kLength = "content-length: ";
  std::string head = read_until("\r\n\r\n");
  const auto at = head.find(kLength);
  if (at == std::string::npos) return head;
  return head + read_exactly(std::strtoull(head.c_str() + at + kLength.size(), nullptr, 10));
}

}  // namespace ovserve::front
