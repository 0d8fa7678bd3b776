#include "tls/tls_transport.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "tls/openssl_error.h"
#include "tls/socket_bio.h"

namespace ovserve::tls {
namespace {

using front::IoResult;

// The most that one record holds.
constexpr std::size_t kRecord = 16384;

}  // namespace

TlsTransport::TlsTransport(SSL_CTX& context, front::FileDescriptor socket)
    : socket_(std::move(socket)), ssl_(SSL_new(&context)) {
  if (!ssl_) throw_openssl_error("cannot begin TLS");
  BIO* bio = new_socket_bio(socket_.get());
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

IoResult TlsTransport::read(const iovec* entries, std::size_t count) {
  if (is_broken_) return {IoResult::State::kBroken};
  read_awaits_write_ = false;
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t filled = 0;
    while (filled < entries[i].iov_len) {
      ERR_clear_error();
      std::size_t size = 0;
      const int result =
          SSL_read_ex(ssl_.get(), static_cast<char*>(entries[i].iov_base) + filled, entries[i].iov_len - filled, &size);
      if (result != 1) {
        const IoResult failed = failure(result);
        // Bytes that came before are given first; the failure comes again with the next read.
        return total > 0 ? IoResult{IoResult::State::kDone, total} : failed;
      }
      filled += size;
      total += size;
    }
  }
  return {IoResult::State::kDone, total};
}

// Small pieces share a record. When the socket is full, the next call brings the same bytes again,
// as OpenSSL wants it: the queue they come from only grows at its end.
IoResult TlsTransport::write(const iovec* entries, std::size_t count) {
  if (is_broken_) return {IoResult::State::kBroken};
  write_awaits_read_ = false;
  std::array<char, kRecord> record;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::size_t total = 0;
  std::size_t offset = 0;  // in the first entry
  while (count > 0) {
    std::size_t gathered = 0;
    std::size_t begin = offset;
    for (std::size_t i = 0; i < count && gathered < record.size(); ++i, begin = 0) {
      const std::size_t part = std::min(entries[i].iov_len - begin, record.size() - gathered);
      std::memcpy(record.data() + gathered, static_cast<const char*>(entries[i].iov_base) + begin, part);
      gathered += part;
    }
    ERR_clear_error();
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_.get(), record.data(), gathered, &written);
    if (result != 1) {
      const IoResult failed = failure(result);
      if (failed.state == IoResult::State::kBlock && SSL_want_read(ssl_.get())) write_awaits_read_ = true;
      return total > 0 ? IoResult{IoResult::State::kDone, total} : failed;
    }
    total += written;
    offset += written;
    while (count > 0 && offset >= entries->iov_len) {
      offset -= entries->iov_len;
      ++entries;
      --count;
    }
  }
  return {IoResult::State::kDone, total};
}

IoResult TlsTransport::failure(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {IoResult::State::kBlock};
    case SSL_ERROR_WANT_WRITE:
      read_awaits_write_ = true;
      return {IoResult::State::kBlock};
    case SSL_ERROR_ZERO_RETURN:
      return {IoResult::State::kEnd};
    default:
      // Also an end of the socket without an end of TLS: what came may have been cut off.
      is_broken_ = true;
      return {IoResult::State::kBroken};
  }
}

void TlsTransport::end_output() {
  ERR_clear_error();
  if (!is_broken_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
  ::shutdown(socket_.get(), SHUT_WR);
}

}  // namespace ovserve::tls
