#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "front/connection_places.h"
#include "front/event_loop.h"
#include "front/output_queue.h"
#include "front/session.h"
#include "front/session_context.h"
#include "front/transport.h"

namespace ovserve::front {

class ConnectionSet;

/// One client's connection: reads for its session, writes what the session has to say, and ends
/// when either side is done. Which session that is, shows in the first bytes.
class Connection final : public Watched {
 public:
  Connection(ConnectionSet& set, EventLoop& loop, ServerParts& server, Protocols protocols,
             std::unique_ptr<Transport> transport, ConnectionPlace place);

  void on_events(std::uint32_t events) override;
  void on_end_of_turn() override;
  void on_again() override;

  void check_time();
  void drain();
  /// Ends it now, whatever is under way.
  void close();

  std::size_t place_in_set = 0;

 private:
  using Clock = EventLoop::Clock;

  template <typename Step>
  void guarded(Step step);
  bool may_read() const;
  void read();
  void read_again();
  void read_once(std::size_t& quota);
  void take(std::string_view bytes);
  void detect(std::string_view bytes);
  void end_of_input();
  void write();
  bool write_once();
  void finish();
  void wake();
  bool holds_up_the_stop(Clock::time_point now) const;

  std::optional<ConnectionPlace> place_;
  ConnectionSet& set_;
  EventLoop& loop_;
  std::unique_ptr<Transport> transport_;
  OutputQueue output_;
  SessionContext context_;
  std::unique_ptr<Session> session_;  // null until the protocol is known
  std::string first_bytes_;           // while it is not known

  bool readable_ = false;
  bool writable_ = true;
  bool end_near_ = false;     // the end of input is in the socket
  bool end_read_ = false;     // and was read
  bool input_ended_ = false;  // the session knows of it
  bool lingering_ = false;    // all is said; waits for the client to close
  bool closed_ = false;
  bool draining_ = false;
  bool awake_ = false;  // its end of turn is asked for
  bool again_ = false;
  Clock::time_point since_;  // made, or began to linger
  Clock::time_point heard_;  // last time bytes came
  Clock::time_point wrote_;  // last time bytes were taken by the client, or none waited for it
};

}  // namespace ovserve::front
