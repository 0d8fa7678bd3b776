#include "front/connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "front/connection_set.h"
#include "front/http1_session.h"
#include "front/http2_session.h"
#include "front/peer_name.h"
#include "front/protocol_detection.h"

namespace ovserve::front {
namespace {

constexpr const char* kLogger = "ovserve.front";
// What one connection may read in one turn, so that a fast one does not hold up the others.
constexpr std::size_t kReadPerTurn = std::size_t{512} << 10U;
// The session is asked for more to send while less than this waits to be written.
constexpr std::size_t kOutputAhead = std::size_t{256} << 10U;
// Copied bytes that wait to be written: a client that sends on and does not read must wait itself.
constexpr std::size_t kUnreadAnswers = std::size_t{256} << 10U;
constexpr std::chrono::milliseconds kLinger{2000};
constexpr std::chrono::milliseconds kLingerAtStop{250};
// What a client may pause in a request that is not complete.
constexpr std::chrono::milliseconds kPauseAtStop{1000};

}  // namespace

Connection::Connection(ConnectionSet& set, EventLoop& loop, ServerParts& server, Protocols protocols,
                       std::unique_ptr<Transport> transport, ConnectionPlace place)
    : place_(std::move(place)),
      set_(set),
      loop_(loop),
      transport_(std::move(transport)),
      output_(loop.blocks()),
      context_{.loop = loop,
               .server = server,
               .protocols = protocols,
               .peer = peer_name(transport_->fd()),
               .share = std::make_shared<MemoryShare>(server.memory, server.memory->limit() / 2),
               .running = std::make_shared<std::atomic<std::size_t>>(0),
               .output = output_,
               .wake = [this] { wake(); }},
      since_(loop.now()),
      heard_(loop.now()),
      wrote_(loop.now()) {
  loop.watch(transport_->fd(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *this);
}

// Whatever goes wrong with one connection ends that connection alone.
template <typename Step>
void Connection::guarded(Step step) {
  if (closed_) return;
  try {
    step();
  } catch (...) {
    log(LogLevel::kError, kLogger, "a connection is closed: " + describe_current_exception());
    close();
  }
}

void Connection::on_events(std::uint32_t events) {
  guarded([&] {
    // Reset by the client, or both sides have said that they are done.
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
      close();
      return;
    }
    const bool can_write = (events & EPOLLOUT) != 0;
    const bool can_read = (events & (EPOLLIN | EPOLLRDHUP)) != 0;
    if (can_write || (can_read && transport_->write_awaits_read())) writable_ = true;
    if (can_read || (can_write && transport_->read_awaits_write())) readable_ = true;
    if ((events & EPOLLRDHUP) != 0) end_near_ = true;
    read();
    if (!output_.empty()) wake();
  });
}

void Connection::on_again() {
  guarded([&] {
    again_ = false;
    read();
  });
}

void Connection::on_end_of_turn() {
  awake_ = false;
  guarded([&] { write(); });
}

void Connection::wake() {
  if (awake_ || closed_) return;
  awake_ = true;
  loop_.end_of_turn(*this);
}

bool Connection::may_read() const {
  if (closed_ || !readable_) return false;
  if (lingering_ || session_ == nullptr) return true;
  return !input_ended_ && session_->wants_input() && output_.size() - output_.lent() <= kUnreadAnswers;
}

void Connection::read() {
  std::size_t quota = kReadPerTurn;
  while (may_read()) {
    if (quota == 0) {
      read_again();
      return;
    }
    read_once(quota);
  }
  // A client that went away shall not be worked for, even if what it still sent is not wanted now.
  const bool is_deaf = session_ != nullptr && !lingering_ && !session_->wants_input();
  if (!closed_ && end_near_ && is_deaf) end_of_input();
}

void Connection::read_again() {
  if (!std::exchange(again_, true)) loop_.again(*this);
}

void Connection::read_once(std::size_t& quota) {
  std::array<iovec, 2> entries;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::size_t count = 0;
  std::span<char> place;
  if (session_ != nullptr && !lingering_) place = session_->wanted_place();
  if (!place.empty()) entries[count++] = {place.data(), place.size()};
  entries[count++] = {loop_.scratch(), EventLoop::kScratch};
  const IoResult result = transport_->read(entries.data(), count);
  switch (result.state) {
    case IoResult::State::kDone:
      break;
    case IoResult::State::kBlock:
      readable_ = false;
      return;
    case IoResult::State::kEnd:
      readable_ = false;
      end_read_ = true;
      if (lingering_) {
        close();
      } else {
        end_of_input();
      }
      return;
    case IoResult::State::kBroken:
      close();
      return;
  }
  const bool is_short = result.bytes < place.size() + EventLoop::kScratch;
  // The end of input is not announced again.
  if (is_short && transport_->short_read_is_last() && !end_near_) readable_ = false;
  quota -= std::min(quota, result.bytes);
  heard_ = loop_.now();
  if (lingering_) return;
  const std::size_t placed = std::min(result.bytes, place.size());
  if (placed > 0) take({place.data(), placed});
  if (placed < result.bytes && !closed_) take({loop_.scratch(), result.bytes - placed});
}

void Connection::take(std::string_view bytes) {
  if (session_ == nullptr) {
    detect(bytes);
  } else {
    session_->receive(bytes);
  }
  wake();
}

void Connection::detect(std::string_view bytes) {
  if (!first_bytes_.empty()) {
    first_bytes_ += bytes;
    bytes = first_bytes_;
  }
  switch (detect_protocol(bytes)) {
    case Detected::kUnknown:
      if (first_bytes_.empty()) first_bytes_ = bytes;
      return;
    case Detected::kHttp1:
      session_ = std::make_unique<Http1Session>(context_);
      break;
    case Detected::kHttp2:
      session_ = std::make_unique<Http2Session>(context_);
      break;
  }
  if (draining_) session_->drain();
  session_->receive(bytes);
  first_bytes_ = {};
}

void Connection::end_of_input() {
  if (std::exchange(input_ended_, true)) return;
  if (session_ == nullptr) {
    close();
    return;
  }
  session_->end_of_input();
  wake();
}

void Connection::write() {
  if (session_ != nullptr && !lingering_) {
    do {
      if (output_.size() < kOutputAhead) session_->produce();
    } while (writable_ && !output_.empty() && write_once());
    if (closed_) return;
    if (output_.empty() && session_->is_finished()) finish();
  }
  // Reading may have waited for the client to take what it was sent.
  if (may_read()) read_again();
}

bool Connection::write_once() {
  std::array<iovec, 256> entries;
  const std::size_t count = output_.fill(entries.data(), entries.size());
  const IoResult result = transport_->write(entries.data(), count);
  if (result.state == IoResult::State::kBlock) {
    writable_ = false;
    return false;
  }
  if (result.state != IoResult::State::kDone) {
    close();
    return false;
  }
  std::size_t offered = 0;
  for (std::size_t i = 0; i < count; ++i) offered += entries[i].iov_len;
  if (result.bytes < offered) writable_ = false;
  output_.consume(result.bytes);
  wrote_ = loop_.now();
  return true;
}

// A socket closed while bytes of the client are unread resets the connection, and the client may
// never see what was sent last. So what still comes is read and thrown away for a while.
void Connection::finish() {
  lingering_ = true;
  since_ = loop_.now();
  transport_->end_output();
  if (end_read_) close();
}

void Connection::check_time() {
  guarded([&] {
    const auto now = loop_.now();
    const Limits& limits = context_.limits();
    if (lingering_) {
      if (now - since_ >= (draining_ ? kLingerAtStop : kLinger)) close();
      return;
    }
    if (session_ == nullptr) {
      if (now - since_ >= limits.head_timeout) close();
      return;
    }
    if (output_.empty()) output_.rest();
    if (output_.empty() || writable_) {  // what lies there is of this very turn, and is written at its end
      wrote_ = now;
    } else if (now - wrote_ >= limits.write_timeout) {
      close();
      return;
    } else if (now - wrote_ >= limits.reply_hold) {
      output_.copy_lent(context_.share);
    }
    session_->check_time(now);
    if (holds_up_the_stop(now)) {
      close();
      return;
    }
    wake();
  });
}

// Calls that have reached the handler are waited for, also streams that are open.
bool Connection::holds_up_the_stop(Clock::time_point now) const {
  return draining_ && now - heard_ >= kPauseAtStop && output_.empty() && session_->awaits_requests() &&
         context_.running->load(std::memory_order_relaxed) == 0;
}

void Connection::drain() {
  guarded([&] {
    draining_ = true;
    if (session_ == nullptr) {
      close();
      return;
    }
    session_->drain();
    wake();
  });
}

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  place_.reset();
  loop_.unwatch(transport_->fd());
  if (session_ != nullptr) session_->abandon();
  output_.clear();
  set_.remove(*this);
}

}  // namespace ovserve::front
