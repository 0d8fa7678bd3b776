#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "repository/repository_fixture.h"

namespace ovserve::testing {
namespace {

TEST_F(RepositoryTest, UnknownModelsAndVersionsAreNotFound) {
  start();
  apply({}, {files("m", {1})});
  EXPECT_EQ(code_of([&] { repository->acquire("x", {}); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { repository->acquire("m", 9); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { repository->status("x"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { repository->status("m", 9); }), ErrorCode::kNotFound);
}

TEST_F(RepositoryTest, AModelIsFreedOnlyAfterItsLastRequest) {
  start();
  apply({}, {files("m", {1})});
  auto lease = repository->acquire("m", {});
  repository->apply({}, false, false);
  EXPECT_EQ(state("m", 1), "UNLOADING/OK");
  EXPECT_EQ(engine.alive, 1);
  lease = {};
  apply({}, {});
  EXPECT_EQ(state("m", 1), "END/OK");
}

TEST_F(RepositoryTest, ARequestWaitsForAVersionThatIsBeingLoaded) {
  engine.block("/m/1");
  start();
  repository->apply({{}, {files("m", {1})}}, false, false);
  EXPECT_EQ(code_of([&] { repository->acquire("m", {}); }), ErrorCode::kNotFound) << "no default version yet";
  EXPECT_EQ(code_of([&] { repository->acquire_now("m", 1); }), ErrorCode::kUnavailable);
  auto waiting = std::async(std::launch::async, [&] { return origin("m", 1); });
  EXPECT_EQ(waiting.wait_for(milliseconds(20)), std::future_status::timeout);
  engine.unblock("/m/1");
  EXPECT_EQ(waiting.get(), "/m/1");
}

TEST_F(RepositoryTest, WaitingEndsAfterTheLoadWait) {
  engine.block("/m/1");
  RepositoryOptions options;
  options.load_wait = milliseconds(20);
  start(options);
  repository->apply({{}, {files("m", {1})}}, false, false);
  EXPECT_EQ(code_of([&] { repository->acquire("m", 1); }), ErrorCode::kUnavailable);
  engine.unblock("/m/1");
}

TEST_F(RepositoryTest, OnlySoManyRequestsWaitForOneModel) {
  engine.block("/m/1");
  RepositoryOptions options;
  options.max_waiting_requests = 1;
  options.load_wait = kLong;
  start(options);
  repository->apply({{}, {files("m", {1}), files("n", {1})}}, false, false);
  auto first = std::async(std::launch::async, [&] { return code_of([&] { repository->acquire("m", 1); }); });
  auto second = std::async(std::launch::async, [&] { return code_of([&] { repository->acquire("m", 1); }); });
  while (first.wait_for(milliseconds(1)) != std::future_status::ready &&
         second.wait_for(milliseconds(1)) != std::future_status::ready) {
  }
  EXPECT_EQ(origin("n", 1), "/n/1") << "another model must not suffer";
  repository->apply({}, false, false);  // both end: one was refused at once, one when the model left
  engine.unblock("/m/1");
  first.wait();
  second.wait();
}

TEST_F(RepositoryTest, NoRequestFailsWhileVersionsAreSwapped) {
  start();
  apply({l}, {files("f", {1}), through("l", "m", {1})});
  std::atomic<bool> ending{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  clients.reserve(4);
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!ending) {
        origin("f");
        origin("m");
        ++answered;
      }
    });
  }
  for (int round = 2; round < 102; ++round) {
    auto config = through("l", "m", {1});
    config.loader_options_key = std::to_string(round);
    apply({l}, {files("f", {round}), config});
    repository->check_blacklist(true);
  }
  while (answered == 0) std::this_thread::yield();
  ending = true;
  for (auto& client : clients) client.join();
}

}  // namespace
}  // namespace ovserve::testing
