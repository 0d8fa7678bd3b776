#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>

#include "front/file_descriptor.h"

namespace ovserve::front {

/// What came of reading or writing once, without waiting.
struct IoResult {
  enum class State {
    kDone,   ///< `bytes` were read or written; more may be possible
    kBlock,  ///< nothing is possible at present
    kEnd,    ///< the peer sends no more
    kBroken,
  };

  State state = State::kDone;
  std::size_t bytes = 0;
};

/// The bytes of one connection: a plain socket, or TLS on one.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual int fd() const noexcept = 0;
  virtual IoResult read(const iovec* entries, std::size_t count) = 0;
  virtual IoResult write(const iovec* entries, std::size_t count) = 0;
  /// Tells the peer that no more comes.
  virtual void end_output() = 0;
  /// Whether a read of less than asked for means that nothing is left in the socket.
  virtual bool short_read_is_last() const noexcept = 0;
  /// Whether reading goes on when the socket can be written to again, and the other way round, as it
  /// happens with TLS.
  virtual bool read_awaits_write() const noexcept { return false; }
  virtual bool write_awaits_read() const noexcept { return false; }
};

/// Makes the transports of accepted connections. Used by all threads of a server.
class TransportFactory {
 public:
  virtual ~TransportFactory() = default;
  virtual std::unique_ptr<Transport> make(FileDescriptor socket) const = 0;
};

}  // namespace ovserve::front
