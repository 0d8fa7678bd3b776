#include "gateway/passage.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <deque>
#include <future>
#include <utility>
#include <vector>

#include "gateway/fake_connection.h"

namespace ovserve {
namespace {

using std::chrono::milliseconds;
using testing::body_of;
using testing::FakeConnection;
using testing::FakeLoop;
using testing::http_head;

PassedCall call_of(const FakeConnection& connection, std::string path) {
  return {front::Call{http_head("GET", std::move(path)), body_of("x"), connection.cancelled()},
          connection.responder(front::Protocol::kHttp)};
}

TEST(Passage, GivesCallsInTheirOrderWithTheWayBack) {
  const FakeLoop loop;
  FakeConnection first(loop);
  FakeConnection second(loop);
  Passage passage;
  passage.pass(call_of(first, "/1"));
  passage.pass(call_of(second, "/2"));
  EXPECT_EQ(passage.next(milliseconds(0))->call.head.path, "/1");
  const auto taken = passage.next(milliseconds(0));
  EXPECT_EQ(taken->call.head.path, "/2");
  EXPECT_EQ(taken->call.body.view(), "x");
  taken->reply(front::HttpReply{204, {}, {}});
  EXPECT_EQ(second.http().status, 204);
  EXPECT_EQ(passage.next(milliseconds(0)), nullptr);
  // What was taken and let go of is answered, too.
  EXPECT_EQ(first.http().status, 500);
}

TEST(Passage, HasADescriptorThatIsReadableWhileCallsWait) {
  const FakeLoop loop;
  FakeConnection first(loop);
  FakeConnection second(loop);
  Passage passage;
  const auto readable = [&passage] {
    pollfd descriptor{passage.descriptor(), POLLIN, 0};
    return ::poll(&descriptor, 1, 0) == 1;
  };
  EXPECT_FALSE(readable());
  passage.pass(call_of(first, "/1"));
  passage.pass(call_of(second, "/2"));
  EXPECT_TRUE(readable());
  EXPECT_NE(passage.next(milliseconds(0)), nullptr);
  EXPECT_TRUE(readable());
  EXPECT_NE(passage.next(milliseconds(0)), nullptr);
  EXPECT_FALSE(readable());
}

TEST(Passage, WakesWhoWaits) {
  const FakeLoop loop;
  FakeConnection connection(loop);
  Passage passage;
  auto taken = std::async(std::launch::async, [&] { return passage.next(std::chrono::minutes(1)); });
  passage.pass(call_of(connection, "/1"));
  EXPECT_EQ(taken.get()->call.head.path, "/1");
}

TEST(Passage, TurnsAwayWhatIsTooMuch) {
  const FakeLoop loop;
  std::deque<FakeConnection> connections;
  Passage passage;
  do {
    ASSERT_LT(connections.size(), 10'000U) << "there is no limit";
    connections.emplace_back(loop);
    passage.pass(call_of(connections.back(), "/"));
  } while (!connections.back().reply);
  EXPECT_EQ(connections.back().http().status, 503);
  EXPECT_NE(connections.back().body().find("too many requests are waiting"), std::string::npos);
  const auto taken = passage.next(milliseconds(0));
  FakeConnection next(loop);
  passage.pass(call_of(next, "/"));
  EXPECT_FALSE(next.reply.has_value());
  passage.close();
}

TEST(Passage, AnswersWhoWaitsWhenItCloses) {
  const FakeLoop loop;
  FakeConnection before(loop);
  FakeConnection after(loop);
  Passage passage;
  EXPECT_FALSE(passage.closed());
  auto waiting = std::async(std::launch::async, [&] {
    while (passage.next(std::chrono::minutes(1)) != nullptr) continue;
  });
  passage.close();
  waiting.get();
  EXPECT_TRUE(passage.closed());
  passage.pass(call_of(after, "/"));
  EXPECT_EQ(after.http().status, 503);
  Passage other;
  other.pass(call_of(before, "/"));
  other.close();
  EXPECT_EQ(before.http().status, 503);
  EXPECT_EQ(other.next(milliseconds(0)), nullptr);
}

TEST(Passage, RefusesInTheWordsOfTheProtocol) {
  const FakeLoop loop;
  FakeConnection waiting(loop);
  FakeConnection late(loop);
  Passage passage;
  const auto grpc_call = [](const FakeConnection& connection) {
    return PassedCall{front::Call{testing::grpc_head("/a/B"), {}, connection.cancelled()},
                      connection.responder(front::Protocol::kGrpc)};
  };
  passage.pass(grpc_call(waiting));
  passage.close();
  passage.pass(grpc_call(late));
  for (const FakeConnection* connection : {&waiting, &late}) {
    EXPECT_EQ(connection->grpc().code, front::GrpcCode::kUnavailable);
    EXPECT_EQ(connection->grpc().message, "the server is stopping");
  }
}

TEST(StreamTurn, IsAnsweredOnce) {
  std::vector<front::GrpcCode> codes;
  const auto note = [&codes](const front::GrpcReply& reply) { codes.push_back(reply.code); };
  {
    StreamTurn first(note);
    first.reply({front::GrpcCode::kAborted, "", {}});
    first.reply({front::GrpcCode::kOk, "", {}});
    StreamTurn second(note);
    const StreamTurn moved(std::move(second));
  }
  EXPECT_EQ(codes, (std::vector<front::GrpcCode>{front::GrpcCode::kAborted, front::GrpcCode::kInternal}));
}

}  // namespace
}  // namespace ovserve
