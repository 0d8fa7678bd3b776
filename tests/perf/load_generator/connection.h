#pragma once

#include <cstddef>

#include "measurement/outcome.h"

namespace ovserve::bench {

/// Who wants to know how requests ended.
class OutcomeListener {
 public:
  virtual ~OutcomeListener() = default;

  /// Called from within the connection's on_readable(); may only note what it is told.
  virtual void finished(std::size_t connection, const Outcome& outcome) = 0;
};

/// One connection to the server, driven by the event loop of the one thread there is.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual int descriptor() const noexcept = 0;
  /// Notes a request; flush() sends it.
  virtual void start_request() = 0;
  virtual void flush() = 0;
  virtual void on_readable() = 0;
  /// Whether something waits until the socket takes more.
  virtual bool wants_write() const noexcept = 0;
  /// Set when the connection is of no more use; requests that it had were reported before.
  virtual bool is_closed() const noexcept = 0;
};

}  // namespace ovserve::bench
