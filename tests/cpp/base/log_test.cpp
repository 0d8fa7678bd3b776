#include "base/log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace ovserve {
namespace {

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { set_log_sink({}); }
};

TEST_F(LogTest, WritesToTheSink) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel level, std::string_view logger, std::string_view text) {
    lines.push_back(std::to_string(static_cast<int>(level)) + " " + std::string(logger) + " " + std::string(text));
  });
  log(LogLevel::kWarning, "ovserve.loader", "slow");
  EXPECT_EQ(lines, std::vector<std::string>{"3 ovserve.loader slow"});
}

TEST_F(LogTest, DropsLinesWithoutASink) {
  int calls = 0;
  set_log_sink([&](LogLevel, std::string_view, std::string_view) { ++calls; });
  set_log_sink({});
  log(LogLevel::kError, "ovserve", "dropped");
  EXPECT_EQ(calls, 0);
}

TEST_F(LogTest, SurvivesASinkThatThrows) {
  set_log_sink([](LogLevel, std::string_view, std::string_view) { throw std::runtime_error("sink"); });
  log(LogLevel::kError, "ovserve", "line");
}

TEST_F(LogTest, SinkMayBeReplacedWhileOthersLog) {
  std::atomic<int> calls = 0;
  std::atomic<bool> stop = false;
  const auto sink = [&](LogLevel, std::string_view, std::string_view) { ++calls; };
  set_log_sink(sink);
  std::thread writer([&] {
    while (!stop) log(LogLevel::kInfo, "ovserve", "line");
  });
  for (int i = 0; i < 200; ++i) set_log_sink(sink);
  stop = true;
  writer.join();
  log(LogLevel::kInfo, "ovserve", "line");
  EXPECT_GT(calls, 0);
}

}  // namespace
}  // namespace ovserve
