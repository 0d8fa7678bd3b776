#include "front/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <utility>

#include "base/log.h"
#include "front/socket_transport.h"

namespace ovserve::front {
namespace {

constexpr std::chrono::milliseconds kLook{5};  // while waiting for connections to end

int thread_count(int wanted) {
  if (wanted > 0) return wanted;
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 2U));
}

}  // namespace

Server::Server(const ServerOptions& options, CallHandler& handler)
    : parts_{options, handler, std::make_shared<MemoryBudget>(options.limits.memory_bytes), {}},
      places_(options.limits.connections),
      is_plain_(options.transports == nullptr) {
  if (!parts_.options.transports) parts_.options.transports = std::make_shared<SocketTransportFactory>();
  for (ListenAddress& address : parts_.options.listen) {
    if (address.same_port) address.port = ports_.back();
    auto opened = listen_at(address);
    ports_.push_back(opened.front().port);
    std::ranges::move(opened, std::back_inserter(sockets_));
  }
  for (int i = 0; i < thread_count(parts_.options.io_threads); ++i) {
    threads_.push_back(std::make_unique<IoThread>(parts_));
  }
}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

void Server::start() {
  started_ = true;
  for (const auto& thread : threads_) {
    thread->start(sockets_,
                  [this](FileDescriptor connection, Protocols protocols) { accept(std::move(connection), protocols); });
  }
}

// On the thread that accepted. The thread with the fewest connections gets it.
void Server::accept(FileDescriptor connection, Protocols protocols) {
  auto place = places_.take(protocols);
  if (!place) return turn_away(connection, protocols);
  const auto least = std::ranges::min_element(
      threads_, {}, [](const std::unique_ptr<IoThread>& thread) { return thread->connections(); });
  (*least)->adopt(std::move(connection), protocols, *std::move(place));
}

void Server::turn_away(const FileDescriptor& connection, Protocols protocols) {
  const std::string most = std::to_string(parts_.options.limits.connections);
  if (refusals_.passes(Clock::now())) {
    log(LogLevel::kWarning, "ovserve.front",
        "connections are refused: there are " + most + ", as many as --max_connections allows");
  }
  // Clients of HTTP/1.1 can be told why; for the others the end of the connection says it.
  if (protocols.grpc || !is_plain_) return;
  const std::string body = R"({"error": ")" + most + R"( connections are open, which is the limit; try again later"})";
  const std::string answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: " +
                             std::to_string(body.size()) + "\r\nconnection: close\r\n\r\n" + body;
  // It fits into the buffer of a new socket. What the client has sent is read, since the answer would be lost
  // with a connection that is closed over unread bytes.
  [[maybe_unused]] const auto written = ::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  std::array<char, 16'384> unread;
  while (::recv(connection.get(), unread.data(), unread.size(), 0) == static_cast<ssize_t>(unread.size())) continue;
}

std::size_t Server::connections() const noexcept {
  std::size_t count = 0;
  for (const auto& thread : threads_) count += thread->connections();
  return count;
}

void Server::stop(std::chrono::milliseconds grace) {
  const std::lock_guard lock(stopping_);
  if (std::exchange(stopped_, true)) return;
  if (started_) {
    for (const auto& thread : threads_) thread->drain();
    const auto end = Clock::now() + grace;
    while (connections() > 0 && Clock::now() < end) std::this_thread::sleep_for(kLook);
    for (const auto& thread : threads_) thread->stop();
    for (const auto& thread : threads_) thread->join();
  }
  sockets_.clear();
}

}  // namespace ovserve::front
