#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "front/connection_set.h"
#include "front/event_loop.h"
#include "front/listener.h"
#include "front/server_parts.h"
#include "front/timer_queue.h"

namespace ovserve::front {

/// One thread with its loop, the connections that it serves and its share of accepting new ones.
class IoThread {
 public:
  explicit IoThread(ServerParts& server);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  /// `accepted` is called on this thread with each new connection.
  void start(const std::vector<ListeningSocket>& sockets, const Acceptor::Accepted& accepted);

  /// Any thread: makes the connection one of this thread's. Counted at once.
  void adopt(FileDescriptor connection, Protocols protocols, ConnectionPlace place);

  /// Any thread: accepts no more, and takes no more calls on the connections that are there.
  void drain();

  /// Any thread: closes all connections and ends the thread.
  void stop();
  void join();

  /// Any thread.
  std::size_t connections() const noexcept { return connections_.count(); }

 private:
  void serve(FileDescriptor connection, Protocols protocols, ConnectionPlace place);
  void tick();
  template <typename Action>
  void post(Action action);

  ServerParts& server_;
  EventLoop loop_;
  ConnectionSet connections_;
  Timer tick_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  bool draining_ = false;
  std::thread thread_;
};

}  // namespace ovserve::front
