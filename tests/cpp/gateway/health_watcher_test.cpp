#include "gateway/health_watcher.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gateway/gateway_fixture.h"

namespace ovserve {
namespace {

using testing::FakeConnection;
using testing::Message;

const std::string kServing = "\x08\x01";
const std::string kNotServing = "\x08\x02";
const std::string kUnknown = "\x08\x03";

class HealthWatcherTest : public testing::GatewayFixture {
 protected:
  FakeConnection connection_{loop_};
};

TEST_F(HealthWatcherTest, TellsTheStatusAndEveryChangeOnce) {
  HealthWatcher watcher(service_, connection_.sender());
  watcher.look_again();
  EXPECT_TRUE(connection_.messages.empty()) << "nobody has asked yet";
  watcher.watch("");
  watcher.look_again();
  EXPECT_EQ(connection_.messages, std::vector{kNotServing});
  service_.set_ready(true);
  watcher.look_again();
  watcher.look_again();
  EXPECT_EQ(connection_.messages, (std::vector{kNotServing, kServing}));
}

TEST_F(HealthWatcherTest, WatchesTheServiceThatWasAskedForFirst) {
  service_.set_ready(true);
  HealthWatcher watcher(service_, connection_.sender());
  watcher.watch(Message().bytes(1, "nobody.knows.it").wire());
  EXPECT_EQ(connection_.messages, std::vector{kUnknown});
  watcher.watch(Message().bytes(1, "inference.GRPCInferenceService").wire());
  EXPECT_EQ(connection_.messages, std::vector{kUnknown});
}

TEST_F(HealthWatcherTest, TakesWhatIsNoRequestForNotServing) {
  service_.set_ready(true);
  HealthWatcher watcher(service_, connection_.sender());
  watcher.watch("\xff\xff");
  EXPECT_EQ(connection_.messages, std::vector{kNotServing});
}

TEST_F(HealthWatcherTest, TellsTheLastStatusAtItsEnd) {
  service_.set_ready(true);
  HealthWatcher watcher(service_, connection_.sender());
  watcher.watch("");
  service_.set_ready(false);
  watcher.close();
  EXPECT_EQ(connection_.messages, (std::vector{kServing, kNotServing}));
  EXPECT_EQ(connection_.grpc().code, front::GrpcCode::kOk);
}

TEST_F(HealthWatcherTest, CanBeRefused) {
  HealthWatcher watcher(service_, connection_.sender());
  watcher.refuse("too many");
  watcher.watch("");
  EXPECT_TRUE(connection_.messages.empty());
  EXPECT_EQ(connection_.grpc().code, front::GrpcCode::kResourceExhausted);
  EXPECT_EQ(connection_.grpc().message, "too many");
}

TEST_F(HealthWatcherTest, SaysNothingToAClientThatHasGone) {
  HealthWatcher watcher(service_, connection_.sender());
  watcher.watch("");
  connection_.leave();
  service_.set_ready(true);
  watcher.look_again();
  watcher.close();
  EXPECT_EQ(connection_.messages, std::vector{kNotServing});
}

TEST_F(HealthWatcherTest, CanBeToldByAllThreads) {
  HealthWatcher watcher(service_, connection_.sender());
  watcher.watch("");
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        service_.set_ready(round % 2 == 0);
        watcher.look_again();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  service_.set_ready(true);
  watcher.close();
  ASSERT_TRUE(connection_.await_reply());
  EXPECT_EQ(connection_.messages.back(), kServing);
  for (std::size_t i = 1; i < connection_.messages.size(); ++i) {
    EXPECT_NE(connection_.messages[i], connection_.messages[i - 1]) << "no change, and told";
  }
}

}  // namespace
}  // namespace ovserve
