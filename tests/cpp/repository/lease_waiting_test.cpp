#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stop_token>
#include <thread>
#include <variant>

#include "repository/repository_fixture.h"

namespace ovserve::testing {
namespace {

using Outcome = std::variant<ModelLease, Error>;

/// A request that waits without a thread.
class Waiting {
 public:
  Waiting(ModelRepository& repository, const std::string& model, std::optional<Version> version,
          std::stop_token cancelled = {}) {
    repository.acquire_async(
        model, version,
        [promise = promise_](Outcome outcome) { promise->set_value({std::move(outcome), std::this_thread::get_id()}); },
        std::move(cancelled));
  }

  bool is_over() { return future_.wait_for(milliseconds(0)) == std::future_status::ready; }

  /// Where the model came from, or the name of the error's code.
  std::string result() {
    if (future_.wait_for(kLong) != std::future_status::ready) return "nothing";
    const auto [outcome, thread] = future_.get();
    came_on = thread;
    if (const auto* error = std::get_if<Error>(&outcome)) return name_of(error->code());
    return dynamic_cast<FakeModel&>(*std::get<ModelLease>(outcome).model).origin();
  }

  std::thread::id came_on;

 private:
  using Told = std::pair<Outcome, std::thread::id>;

  std::shared_ptr<std::promise<Told>> promise_ = std::make_shared<std::promise<Told>>();
  std::future<Told> future_ = promise_->get_future();
};

class LeaseWaitingTest : public RepositoryTest {
 protected:
  void start_loading(RepositoryOptions options = {}) {
    engine.block("/m/1");
    if (options.load_wait == RepositoryOptions{}.load_wait) options.load_wait = kLong;
    start(options);
    repository->apply({{}, {files("m", {1}), files("n", {1})}}, false, false);
    while (state("n", 1) != "AVAILABLE/OK") std::this_thread::yield();
  }
};

TEST_F(LeaseWaitingTest, WhatIsAvailableComesAtOnce) {
  start();
  apply({}, {files("m", {1})});
  EXPECT_EQ(repository->try_acquire("m", std::nullopt)->version, 1);
  Waiting waiting(*repository, "m", std::nullopt);
  EXPECT_TRUE(waiting.is_over());
  EXPECT_EQ(waiting.result(), "/m/1");
  EXPECT_EQ(waiting.came_on, std::this_thread::get_id());
}

TEST_F(LeaseWaitingTest, WhatWillNeverComeIsRefusedAtOnce) {
  start_loading();
  EXPECT_EQ(code_of([&] { repository->try_acquire("x", {}); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { repository->try_acquire("m", 2); }), ErrorCode::kNotFound);
  EXPECT_EQ(Waiting(*repository, "x", std::nullopt).result(), "NOT_FOUND");
  EXPECT_EQ(Waiting(*repository, "m", 2).result(), "NOT_FOUND");
  engine.unblock("/m/1");
}

TEST_F(LeaseWaitingTest, ComesWhenTheVersionIsLoaded) {
  start_loading();
  EXPECT_FALSE(repository->try_acquire("m", 1));
  Waiting first(*repository, "m", 1);
  Waiting second(*repository, "m", 1);
  EXPECT_FALSE(first.is_over());
  EXPECT_EQ(origin("n", 1), "/n/1") << "another model must not suffer";
  engine.unblock("/m/1");
  EXPECT_EQ(first.result(), "/m/1");
  EXPECT_EQ(second.result(), "/m/1");
  EXPECT_NE(first.came_on, std::this_thread::get_id());
}

TEST_F(LeaseWaitingTest, EndsWhenTheVersionLeaves) {
  start_loading();
  Waiting waiting(*repository, "m", 1);
  repository->apply({}, false, false);
  engine.unblock("/m/1");
  EXPECT_EQ(waiting.result(), "NOT_FOUND");
}

TEST_F(LeaseWaitingTest, EndsAfterTheLoadWait) {
  RepositoryOptions options;
  options.load_wait = milliseconds(20);
  start_loading(options);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(Waiting(*repository, "m", 1).result(), "UNAVAILABLE");
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(20));
  engine.unblock("/m/1");
}

TEST_F(LeaseWaitingTest, OnlySoManyWaitForOneModelWithOrWithoutAThread) {
  RepositoryOptions options;
  options.max_waiting_requests = 2;
  start_loading(options);
  Waiting first(*repository, "m", 1);
  std::stop_source given_up;
  Waiting second(*repository, "m", 1, given_up.get_token());
  EXPECT_EQ(Waiting(*repository, "m", 1).result(), "UNAVAILABLE");
  EXPECT_EQ(code_of([&] { repository->acquire("m", 1); }), ErrorCode::kUnavailable);
  given_up.request_stop();
  EXPECT_EQ(second.result(), "CANCELLED");
  Waiting third(*repository, "m", 1);
  EXPECT_FALSE(third.is_over()) << "who gave up made room";
  engine.unblock("/m/1");
  EXPECT_EQ(first.result(), "/m/1");
  EXPECT_EQ(third.result(), "/m/1");
}

TEST_F(LeaseWaitingTest, ACancelledRequestDoesNotWait) {
  start_loading();
  std::stop_source given_up;
  Waiting waiting(*repository, "m", 1, given_up.get_token());
  given_up.request_stop();
  EXPECT_TRUE(waiting.is_over());
  EXPECT_EQ(waiting.result(), "CANCELLED");
  EXPECT_EQ(waiting.came_on, std::this_thread::get_id());
  EXPECT_EQ(Waiting(*repository, "m", 1, given_up.get_token()).result(), "CANCELLED");
  engine.unblock("/m/1");
}

TEST_F(LeaseWaitingTest, AStopEndsTheWait) {
  start_loading();
  Waiting waiting(*repository, "m", 1);
  auto stopped = std::async(std::launch::async, [&] { return repository->stop(kLong); });
  EXPECT_EQ(waiting.result(), "UNAVAILABLE");
  engine.unblock("/m/1");
  EXPECT_TRUE(stopped.get());
}

TEST_F(LeaseWaitingTest, RequestsMayWaitFromWhatTheyWereWaitingFor) {
  start_loading();
  engine.block("/n/2");
  repository->apply({{}, {files("m", {1}), files("n", {1, 2}, {VersionPolicy::Kind::kAll, 0, {}})}}, false, false);
  std::promise<std::string> then;
  repository->acquire_async("m", 1,
                            [&](const Outcome&) {
                              repository->acquire_async(
                                  "n", 2,
                                  [&](const Outcome& outcome) {
                                    then.set_value(std::holds_alternative<ModelLease>(outcome) ? "leased" : "refused");
                                  },
                                  {});
                              engine.unblock("/n/2");
                            },
                            {});
  engine.unblock("/m/1");
  EXPECT_EQ(then.get_future().get(), "leased");
}

TEST_F(LeaseWaitingTest, EveryRequestGetsOneOutcomeWhileVersionsAreSwapped) {
  RepositoryOptions options;
  options.max_waiting_requests = 1000;
  start(options);
  apply({l}, {through("l", "m", {1})});
  std::atomic<bool> ending{false};
  std::atomic<int> asked{0};
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> clients;
  clients.reserve(3);
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&, i] {
      while (!ending) {
        std::stop_source given_up;
        ++asked;
        repository->acquire_async(
            "m", 1,
            [&](const Outcome& outcome) {
              const auto* error = std::get_if<Error>(&outcome);
              if (error != nullptr && error->code() != ErrorCode::kCancelled) ++refused;
              ++answered;
            },
            given_up.get_token());
        if (i == 0) given_up.request_stop();
        while (asked - answered > 100) std::this_thread::yield();
      }
    });
  }
  for (int round = 2; round < 52; ++round) {
    auto config = through("l", "m", {1});
    config.loader_options_key = std::to_string(round);
    apply({l}, {config});
  }
  ending = true;
  for (auto& client : clients) client.join();
  while (answered != asked) std::this_thread::yield();
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace ovserve::testing
