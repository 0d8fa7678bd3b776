#include "loader/loader_trace.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

namespace ovserve {
namespace {

TracedCall call(const std::string& function, const std::string& model = "m", std::int64_t version = 1) {
  TracedCall result;
  result.loader = "l";
  result.library = "/lib/l.so";
  result.function = function;
  result.model = model;
  result.version = version;
  return result;
}

void note(LoaderTrace& trace, TracedCall about, const std::string& result = "OK") {
  trace.end(trace.begin(std::move(about)), result);
}

std::vector<std::string> lines(const LoaderTrace& trace) {
  std::vector<std::string> result;
  for (const TracedCall& each : trace.calls()) {
    result.push_back(each.function + " " + each.model + " " + std::to_string(each.version) + " x" +
                     std::to_string(each.count) + " " + each.result);
  }
  return result;
}

TEST(LoaderTrace, KeepsCallsWithThreadTimeAndResult) {
  LoaderTrace trace;
  const auto before = std::chrono::system_clock::now();
  note(trace, call("loadModel"), "no key");
  const auto calls = trace.calls();
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].thread, ::gettid());
  EXPECT_GE(calls[0].start, before);
  EXPECT_GE(calls[0].duration.count(), 0);
  EXPECT_FALSE(calls[0].running);
  EXPECT_EQ(calls[0].result, "no key");
}

TEST(LoaderTrace, ShowsCallsThatRunInTheOrderInWhichTheyBegan) {
  LoaderTrace trace;
  const auto hanging = trace.begin(call("loadModel", "a"));
  note(trace, call("loadModel", "b"));
  EXPECT_EQ(lines(trace), std::vector<std::string>({"loadModel a 1 x1 running", "loadModel b 1 x1 OK"}));
  EXPECT_TRUE(trace.calls()[0].running);
  trace.end(hanging, "OK");
  EXPECT_EQ(lines(trace), std::vector<std::string>({"loadModel a 1 x1 OK", "loadModel b 1 x1 OK"}));
  trace.end(hanging, "again");
  EXPECT_EQ(trace.calls().size(), 2U);
}

TEST(LoaderTrace, PutsEqualAnswersInARowTogether) {
  LoaderTrace trace;
  const std::string question = "getModelBlacklistStatus";
  for (int i = 0; i < 3; ++i) {
    note(trace, call(question));
    note(trace, call(question, "m", 2));
  }
  note(trace, call(question), "MODEL_BLACKLISTED");
  note(trace, call("unloadModel", "m", 2));
  note(trace, call(question, "m", 2));
  note(trace, call(question, "m", 2));
  EXPECT_EQ(lines(trace), std::vector<std::string>({question + " m 1 x3 OK", question + " m 2 x3 OK",
                                                    question + " m 1 x1 MODEL_BLACKLISTED", "unloadModel m 2 x1 OK",
                                                    question + " m 2 x2 OK"}));
  EXPECT_GE(trace.calls()[0].last_start, trace.calls()[0].start);
}

TEST(LoaderTrace, ForgetsTheOldest) {
  LoaderTrace trace(2);
  for (const char* model : {"a", "b", "c"}) note(trace, call("loadModel", model));
  EXPECT_EQ(lines(trace), std::vector<std::string>({"loadModel b 1 x1 OK", "loadModel c 1 x1 OK"}));
}

TEST(LoaderTrace, BoundsAndCleansTexts) {
  LoaderTrace trace;
  note(trace, call("loadModel", std::string(5000, 'm')), std::string(5000, '\xff'));
  const auto calls = trace.calls();
  EXPECT_LE(calls[0].model.size(), 303U);
  EXPECT_EQ(calls[0].result, std::string(300, '?') + "...");
}

TEST(LoaderTrace, MayBeUsedByManyThreads) {
  LoaderTrace trace(50);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&trace, i] {
      for (int n = 0; n < 200; ++n) {
        note(trace, call("loadModel", std::to_string(i), n));
        note(trace, call("getModelBlacklistStatus", std::to_string(i), n));
      }
    });
  }
  for (int n = 0; n < 100; ++n) EXPECT_LE(trace.calls().size(), 54U);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(trace.calls().size(), 50U);
}

}  // namespace
}  // namespace ovserve
