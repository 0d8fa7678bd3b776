#include "front/event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "front/system_error.h"

namespace ovserve::front {
namespace {

class StopMail final : public Mail {
 public:
  explicit StopMail(bool& running) : running_(running) {}
  void deliver() override { running_ = false; }

 private:
  bool& running_;
};

}  // namespace

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      mailbox_(std::make_shared<Mailbox>()),
      scratch_(std::make_unique_for_overwrite<char[]>(kScratch)),
      now_(Clock::now()) {
  if (!epoll_) throw_system_error("epoll_create1");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // the mailbox
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, mailbox_->wake_fd(), &event) != 0) throw_system_error("epoll_ctl");
}

void EventLoop::stop() { mailbox_->post(std::make_unique<StopMail>(running_)); }

void EventLoop::watch(int fd, std::uint32_t events, Watched& watched) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watched;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw_system_error("epoll_ctl");
}

void EventLoop::unwatch(int fd) noexcept { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::run() {
  mailbox_->settle_here();
  while (running_) {
    wait();
    mailbox_->deliver();
    timers_.run(now_);
    finish_turn();
  }
}

void EventLoop::wait() {
  std::array<epoll_event, 128> events;  // NOLINT(cppcoreguidelines-pro-type-member-init): the kernel fills it
  const bool may_sleep = again_.empty() && mailbox_->may_sleep();
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), may_sleep ? timeout() : 0);
  now_ = Clock::now();
  if (count < 0 && errno != EINTR) throw_system_error("epoll_wait");
  bool mail = false;
  turn_.swap(again_);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      mail = true;
    } else {
      static_cast<Watched*>(event.data.ptr)->on_events(event.events);
    }
  }
  for (Watched* watched : turn_) watched->on_again();
  turn_.clear();
  mailbox_->woken(mail);
}

void EventLoop::finish_turn() {
  // Writing may end calls, whose end may ask for more writing.
  while (!ending_.empty()) {
    turn_.swap(ending_);
    for (Watched* watched : turn_) watched->on_end_of_turn();
    turn_.clear();
  }
  auto released = std::move(released_);
  released_.clear();
  std::erase_if(again_, [&](const Watched* watched) {
    return std::ranges::any_of(released, [&](const auto& gone) { return gone.get() == watched; });
  });
}

int EventLoop::timeout() const {
  const auto next = timers_.next();
  if (!next) return -1;
  const auto now = Clock::now();
  if (*next <= now) return 0;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - now);
  return static_cast<int>(std::min<std::chrono::milliseconds::rep>(wait.count(), 60'000));
}

}  // namespace ovserve::front
