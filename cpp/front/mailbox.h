#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "front/file_descriptor.h"

namespace ovserve::front {

/// Something that another thread has for the loop's thread.
class Mail {
 public:
  virtual ~Mail() = default;
  virtual void deliver() = 0;
};

/// The way into an event loop from other threads. Outlives the loop for those that still hold it;
/// mail that comes too late is thrown away.
class Mailbox {
 public:
  Mailbox();

  /// Any thread. Wakes the loop if it sleeps. False if the loop has ended.
  bool post(std::unique_ptr<Mail> mail);

  /// Whether the calling thread is the loop's.
  bool is_here() const noexcept { return here_ == this; }

  // For the loop alone.
  int wake_fd() const noexcept { return wake_.get(); }
  void settle_here() noexcept { here_ = this; }
  /// Before the loop sleeps; false if there is mail, so that it must not.
  bool may_sleep();
  /// After the loop slept; whether mail woke it.
  void woken(bool by_mail) noexcept;
  /// Delivers what has come; true if there was any.
  bool deliver();
  /// Nothing comes in any more; what is there is thrown away.
  void close();

 private:
  static thread_local const Mailbox* here_;

  FileDescriptor wake_;  // an eventfd
  std::atomic<bool> sleeping_{false};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Mail>> incoming_;  // guarded by mutex_
  bool closed_ = false;                          // guarded by mutex_
  std::vector<std::unique_ptr<Mail>> reading_;   // the loop's
};

}  // namespace ovserve::front
