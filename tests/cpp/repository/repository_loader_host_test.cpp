#include "repository/repository_loader_host.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "repository/repository_fixture.h"

namespace ovserve::testing {
namespace {

using Purpose = RepositoryLoaderHost::Purpose;

/// Collects log lines while it lives.
class LogLines {
 public:
  LogLines() {
    set_log_sink([this](LogLevel, std::string_view, std::string_view text) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(text);
    });
  }
  ~LogLines() { set_log_sink({}); }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  bool contain(const std::string& part) const {
    const auto lines = all();
    return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.find(part) != line.npos; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;  // guarded by mutex_
};

TEST(RepositoryLoaderHost, KnowsHowLongACallMayTake) {
  RepositoryLoaderHost host("l", [] {});
  EXPECT_EQ(host.remaining(), milliseconds(0));
  EXPECT_TRUE(host.cancelled()) << "no call runs";
  {
    const RepositoryLoaderHost::Call call(host, kLong, Purpose::kServing, "m");
    EXPECT_GT(host.remaining(), milliseconds(0));
    EXPECT_LE(host.remaining(), kLong);
    EXPECT_FALSE(host.cancelled());
  }
  const RepositoryLoaderHost::Call call(host, milliseconds(0), Purpose::kLeaving, "m");
  EXPECT_LE(host.remaining(), milliseconds(0));
  EXPECT_TRUE(host.cancelled()) << "an overdue call is not waited for";
}

TEST(RepositoryLoaderHost, OnlyCallsThatServeAreInVainOnceTheLoaderLeaves) {
  RepositoryLoaderHost host("l", [] {});
  host.cancel();
  {
    const RepositoryLoaderHost::Call load(host, kLong, Purpose::kServing, "m");
    EXPECT_TRUE(host.cancelled());
  }
  const RepositoryLoaderHost::Call unload(host, kLong, Purpose::kLeaving, "m");
  EXPECT_FALSE(host.cancelled());
}

TEST(RepositoryLoaderHost, CallsForAModelThatLeavesAreInVain) {
  RepositoryLoaderHost host("l", [] {});
  const RepositoryLoaderHost::Call load(host, kLong, Purpose::kServing, "m");
  host.set_wanted("other", false);
  EXPECT_FALSE(host.cancelled());
  host.set_wanted("m", false);
  EXPECT_TRUE(host.cancelled());
  host.set_wanted("m", true);
  EXPECT_FALSE(host.cancelled());
}

TEST(RepositoryLoaderHost, LogsProgressByTenthsAndKeepsTheLastWord) {
  const LogLines lines;
  RepositoryLoaderHost host("l", [] {});
  {
    const RepositoryLoaderHost::Call load(host, kLong, Purpose::kServing, "m");
    for (int percent = 20; percent < 30; ++percent) host.progress("m", 2, "reading", percent / 100.0);
    host.progress("m", 2, "decrypting", 0.29);
    host.progress("m", 2, "checking", -1);
    host.progress("m", 2, "checking", 77);
    EXPECT_EQ(host.last_progress(), "100 %, checking");
  }
  EXPECT_EQ(host.last_progress(), "");
  EXPECT_EQ(lines.all(), std::vector<std::string>({"custom loader \"l\": model \"m\" version 2: 20 %, reading",
                                                   "custom loader \"l\": model \"m\" version 2: 29 %, decrypting",
                                                   "custom loader \"l\": model \"m\" version 2: checking",
                                                   "custom loader \"l\": model \"m\" version 2: 100 %, checking"}));
}

TEST(RepositoryLoaderHost, TellsOfTheFirstOfManyChanges) {
  int told = 0;
  RepositoryLoaderHost host("l", [&] { ++told; });
  for (int i = 0; i < 100; ++i) host.blacklist_changed();
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(host.take_blacklist_change());
  EXPECT_FALSE(host.take_blacklist_change());
  host.blacklist_changed();
  EXPECT_EQ(told, 2);
}

TEST_F(RepositoryTest, AChangeThatTheLoaderTellsIsAskedAboutAtOnce) {
  start();
  apply({l}, {through("l", "m", {1}), through("l", "n", {1})});
  loaders.blacklist("m", 1);
  loaders.host("l")->blacklist_changed();  // nobody polls
  await_state("m", 1, "END/OK");
  EXPECT_EQ(state("n", 1), "AVAILABLE/OK");
  loaders.blacklist("m", 1, false);
  loaders.host("l")->blacklist_changed();
  await_state("m", 1, "AVAILABLE/OK");
}

TEST_F(RepositoryTest, AChangeThatIsToldOfDuringALoadCounts) {
  start();
  loaders.block("load m 2");
  repository->apply({{l}, {through("l", "m", {1})}}, true, true);
  repository->apply({{l}, {through("l", "m", {1, 2}, {VersionPolicy::Kind::kAll, 1, {}})}}, false, true);
  loaders.await_blocked("load m 2");
  loaders.blacklist("m", 1);
  loaders.host("l")->blacklist_changed();
  loaders.unblock("load m 2");
  await_state("m", 1, "END/OK");
  await_state("m", 2, "AVAILABLE/OK");
}

TEST_F(RepositoryTest, ManyThreadsThatTellOfChangesCostFewQuestions) {
  start();
  apply({l}, {through("l", "m", {1})});
  loaders.block("question m 1");
  const int before = loaders.questions();
  const auto host = loaders.host("l");
  host->blacklist_changed();
  loaders.await_blocked("question m 1");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) host->blacklist_changed();
    });
  }
  for (auto& thread : threads) thread.join();
  loaders.blacklist("m", 1);  // after all of them were told of, before the question that is still to come
  loaders.unblock("question m 1");
  await_state("m", 1, "END/OK");
  EXPECT_LE(loaders.questions() - before, 3);
}

TEST_F(RepositoryTest, TellingWithoutAPauseLetsPassesEnd) {
  start();
  apply({l}, {through("l", "m", {1})});
  const auto host = loaders.host("l");
  std::atomic<bool> done{false};
  std::thread teller([&] {
    while (!done) host->blacklist_changed();
  });
  for (int i = 0; i < 3; ++i) repository->check_blacklist(true);
  EXPECT_TRUE(apply({l}, {}).failures.empty());
  done = true;
  teller.join();
}

TEST_F(RepositoryTest, TellingIsHarmlessAfterTheLoadersEnd) {
  start();
  apply({l}, {through("l", "m", {1})});
  const auto host = loaders.host("l");
  apply({}, {});
  host->blacklist_changed();
  host->progress("m", 1, "too late", 0.5);
  EXPECT_TRUE(host->cancelled());
  EXPECT_TRUE(repository->stop(kLong));
  repository.reset();
  host->blacklist_changed();
  EXPECT_EQ(host->remaining(), milliseconds(0));
}

TEST_F(RepositoryTest, StoppingCancelsALoadAndNotItsUnload) {
  start();
  loaders.block("load m 1");
  loaders.block("unload m 1");
  repository->apply({{l}, {through("l", "m", {1})}}, false, true);
  loaders.await_blocked("load m 1");
  const auto host = loaders.host("l");
  EXPECT_FALSE(host->cancelled());
  std::thread stopper([&] { EXPECT_TRUE(repository->stop(kLong)); });
  while (!host->cancelled()) std::this_thread::yield();
  loaders.unblock("load m 1");
  loaders.await_blocked("unload m 1");
  EXPECT_FALSE(host->cancelled()) << "it must be carried out";
  loaders.unblock("unload m 1");
  stopper.join();
}

TEST_F(RepositoryTest, AModelThatLeavesCancelsItsLoadAlone) {
  start();
  loaders.block("load m 1");
  repository->apply({{l}, {through("l", "m", {1}), through("l", "n", {1})}}, false, true);
  loaders.await_blocked("load m 1");
  loaders.block("load n 1");
  const auto host = loaders.host("l");
  repository->apply({{l}, {through("l", "n", {1})}}, false, true);
  EXPECT_TRUE(host->cancelled());
  loaders.unblock("load m 1");
  loaders.await_blocked("load n 1");
  EXPECT_FALSE(host->cancelled());
  loaders.unblock("load n 1");
  await_state("n", 1, "AVAILABLE/OK");
}

TEST_F(RepositoryTest, AnOverdueCallIsCancelledAndItsLastWordIsReported) {
  const LogLines lines;
  RepositoryOptions options;
  options.loader_call_deadline = kSoon;
  start(options);
  loaders.block("load m 1");
  repository->apply({{l}, {through("l", "m", {1})}}, false, true);
  loaders.await_blocked("load m 1");
  const auto host = loaders.host("l");
  host->progress("m", 1, "asking the licence server", 0.4);
  while (!lines.contain("(its last word: 40 %, asking the licence server)")) std::this_thread::yield();
  EXPECT_TRUE(host->cancelled());
  const auto failures = apply({l}, {through("l", "m", {1})}).failures;
  ASSERT_FALSE(failures.empty());
  EXPECT_NE(failures[0].cause.find("has not returned yet (its last word: 40 %"), std::string::npos)
      << failures[0].cause;
  loaders.unblock("load m 1");
}

}  // namespace
}  // namespace ovserve::testing
