#include "event_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ovserve::bench {

EventLoop::EventLoop() : descriptor_(epoll_create1(EPOLL_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

EventLoop::~EventLoop() { ::close(descriptor_); }

void EventLoop::add(int descriptor, std::size_t key) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key;
  if (epoll_ctl(descriptor_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void EventLoop::watch_writable(int descriptor, std::size_t key, bool writable) {
  epoll_event event{};
  event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = key;
  epoll_ctl(descriptor_, EPOLL_CTL_MOD, descriptor, &event);
}

std::span<const EventLoop::Event> EventLoop::wait(int timeout_ms) {
  std::array<epoll_event, kMostEvents> raw{};
  const int count = epoll_wait(descriptor_, raw.data(), static_cast<int>(raw.size()), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::uint32_t flags = raw[at].events;
    events_[at] = {raw[at].data.u64, (flags & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0, (flags & EPOLLOUT) != 0};
  }
  return {events_.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
}

}  // namespace ovserve::bench
