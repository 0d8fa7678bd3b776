#include "front/mailbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "front/action_mail.h"
#include "front/event_loop.h"

namespace ovserve::front {
namespace {

TEST(Mailbox, BringsEverythingFromAllThreads) {
  EventLoop loop;
  constexpr int kThreads = 4;
  constexpr int kMails = 5000;
  int received = 0;
  std::vector<int> last(kThreads, -1);
  std::thread running([&] { loop.run(); });
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kThreads; ++sender) {
    senders.emplace_back([&, sender] {
      for (int i = 0; i < kMails; ++i) {
        loop.mailbox()->post(make_mail([&, sender, i] {
          // In order from each thread.
          EXPECT_EQ(last[static_cast<std::size_t>(sender)], i - 1);
          last[static_cast<std::size_t>(sender)] = i;
          EXPECT_TRUE(loop.mailbox()->is_here());
          if (++received == kThreads * kMails) loop.stop();
        }));
      }
    });
  }
  for (auto& sender : senders) sender.join();
  running.join();
  EXPECT_EQ(received, kThreads * kMails);
  EXPECT_FALSE(loop.mailbox()->is_here());
}

TEST(Mailbox, ThrowsAwayWhatComesTooLate) {
  Mailbox mailbox;
  bool delivered = false;
  EXPECT_TRUE(mailbox.post(make_mail([&] { delivered = true; })));
  mailbox.close();
  EXPECT_FALSE(mailbox.post(make_mail([&] { delivered = true; })));
  mailbox.deliver();
  EXPECT_FALSE(delivered);
}

}  // namespace
}  // namespace ovserve::front
