#include "front/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "front/system_error.h"

namespace ovserve::front {

thread_local const Mailbox* Mailbox::here_ = nullptr;

Mailbox::Mailbox() : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!wake_) throw_system_error("eventfd");
}

bool Mailbox::post(std::unique_ptr<Mail> mail) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    incoming_.push_back(std::move(mail));
  }
  if (sleeping_.exchange(false)) {
    const std::uint64_t one = 1;
    // Cannot fail: the counter is far from its limit.
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }
  return true;
}

bool Mailbox::may_sleep() {
  sleeping_ = true;
  const std::lock_guard lock(mutex_);
  if (incoming_.empty()) return true;
  sleeping_ = false;
  return false;
}

void Mailbox::woken(bool by_mail) noexcept {
  sleeping_ = false;
  if (!by_mail) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const auto size = ::read(wake_.get(), &count, sizeof count);
}

bool Mailbox::deliver() {
  {
    const std::lock_guard lock(mutex_);
    reading_.swap(incoming_);
  }
  if (reading_.empty()) return false;
  for (auto& mail : reading_) mail->deliver();
  reading_.clear();
  return true;
}

void Mailbox::close() {
  std::vector<std::unique_ptr<Mail>> late;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  late.swap(incoming_);
}

}  // namespace ovserve::front
