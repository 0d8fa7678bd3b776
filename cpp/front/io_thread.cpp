#include "front/io_thread.h"

#include <pthread.h>

#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "front/action_mail.h"

namespace ovserve::front {
namespace {

constexpr std::chrono::milliseconds kTick{1000};
constexpr std::chrono::milliseconds kTickAtStop{50};

}  // namespace

IoThread::IoThread(ServerParts& server) : server_(server), connections_(loop_), tick_([this] { tick(); }) {}

IoThread::~IoThread() { join(); }

template <typename Action>
void IoThread::post(Action action) {
  loop_.mailbox()->post(make_mail(std::move(action)));
}

void IoThread::start(const std::vector<ListeningSocket>& sockets, const Acceptor::Accepted& accepted) {
  for (const ListeningSocket& socket : sockets) {
    acceptors_.push_back(std::make_unique<Acceptor>(loop_, socket, accepted));
  }
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "ovserve-io");
    tick();
    loop_.run();
    loop_.mailbox()->close();
  });
}

void IoThread::adopt(FileDescriptor connection, Protocols protocols, ConnectionPlace place) {
  connections_.announce();
  if (loop_.mailbox()->is_here()) {
    serve(std::move(connection), protocols, std::move(place));
  } else {
    post([this, connection = std::move(connection), protocols, place = std::move(place)]() mutable {
      serve(std::move(connection), protocols, std::move(place));
    });
  }
}

void IoThread::serve(FileDescriptor connection, Protocols protocols, ConnectionPlace place) {
  try {
    connections_.add(std::make_unique<Connection>(connections_, loop_, server_, protocols,
                                                  server_.options.transports->make(std::move(connection)),
                                                  std::move(place)));
  } catch (...) {
    connections_.retract();
    log(LogLevel::kError, "ovserve.front", "a connection is refused: " + describe_current_exception());
    return;
  }
  if (draining_) connections_.drain();
}

void IoThread::tick() {
  connections_.check_time();
  server_.memory->blocks().let_go(loop_.now());
  tick_.set(loop_.timers(), loop_.now() + (draining_ ? kTickAtStop : kTick));
}

void IoThread::drain() {
  post([this] {
    draining_ = true;
    for (const auto& acceptor : acceptors_) acceptor->stop();
    connections_.drain();
    tick();
  });
}

void IoThread::stop() {
  post([this] { connections_.close_all(); });
  loop_.stop();
}

void IoThread::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace ovserve::front
