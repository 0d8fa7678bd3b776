#include "front/socket_transport.h"

#include <sys/socket.h>

#include <cerrno>

namespace ovserve::front {
namespace {

IoResult failure() {
  const bool later = errno == EAGAIN || errno == EWOULDBLOCK;
  return {later ? IoResult::State::kBlock : IoResult::State::kBroken};
}

}  // namespace

IoResult SocketTransport::read(const iovec* entries, std::size_t count) {
  ssize_t size = 0;
  do {
    size = count == 1 ? ::recv(socket_.get(), entries->iov_base, entries->iov_len, 0)
                      : ::readv(socket_.get(), entries, static_cast<int>(count));
  } while (size < 0 && errno == EINTR);
  if (size < 0) return failure();
  if (size == 0) return {IoResult::State::kEnd};
  return {IoResult::State::kDone, static_cast<std::size_t>(size)};
}

IoResult SocketTransport::write(const iovec* entries, std::size_t count) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(entries);
  message.msg_iovlen = count;
  ssize_t size = 0;
  do {
    size = count == 1 ? ::send(socket_.get(), entries->iov_base, entries->iov_len, MSG_NOSIGNAL)
                      : ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return failure();
  return {IoResult::State::kDone, static_cast<std::size_t>(size)};
}

void SocketTransport::end_output() { ::shutdown(socket_.get(), SHUT_WR); }

}  // namespace ovserve::front
