#include "metrics/metrics.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"

namespace ovserve {
namespace {

bool has(const std::string& text, const std::string& line) { return text.find(line + "\n") != std::string::npos; }

TEST(Metrics, EveryCombinationOfLabelsExistsAtZero) {
  Metrics metrics({"ovms_requests_success"});
  metrics.add_model("m");
  metrics.add_version("m", 2);
  const std::string text = metrics.text();
  for (const Method method : kMethods) {
    for (const Interface interface : kInterfaces) {
      const std::string version = is_about_a_version(method) ? "version=\"2\"," : "";
      const std::string labels = "name=\"m\"," + version + "api=\"" + api_of(method) + "\",interface=\"" +
                                 name_of(interface) + "\",method=\"" + name_of(method) + "\"";
      EXPECT_TRUE(has(text, "ovms_requests_success{" + labels + "} 0")) << labels;
    }
  }
}

TEST(Metrics, ShowsOnlyWhatWasAskedFor) {
  Metrics metrics({"ovms_streams", "ovms_current_graphs"});
  metrics.add_model("m");
  metrics.add_version("m", 1);
  EXPECT_EQ(metrics.text(),
            "# HELP ovms_streams Number of execution streams.\n# TYPE ovms_streams gauge\n"
            "ovms_streams{name=\"m\",version=\"1\"} 0\n");
}

TEST(Metrics, RefusesAnUnknownFamily) { EXPECT_THROW(Metrics({"ovms_nothing"}), Error); }

TEST(Metrics, VersionsKeepTheirCountsUntilTheModelLeaves) {
  Metrics metrics({"ovms_streams"});
  metrics.add_model("m");
  metrics.add_version("m", 1);
  const auto series = metrics.find_version("m", 1);
  series->streams.set(3);
  metrics.add_model("m");
  metrics.add_version("m", 1);
  EXPECT_TRUE(has(metrics.text(), "ovms_streams{name=\"m\",version=\"1\"} 3"));

  metrics.remove_model("m");
  series->streams.set(4);
  metrics.add_version("m", 1);
  EXPECT_EQ(metrics.text(), "");
  EXPECT_EQ(metrics.find_version("m", 1), nullptr);
  EXPECT_EQ(metrics.find_model("m"), nullptr);
}

TEST(Metrics, LoaderCallsAreCountedByFunctionAndResult) {
  Metrics metrics({"ovserve_loader_calls", "ovserve_loader_call_time_us"});
  metrics.count_call("l", "loadModel", true, std::chrono::milliseconds(2));
  metrics.count_call("l", "loadModel", false, std::chrono::milliseconds(1));
  metrics.count_call("l", "loadModel", true, std::chrono::milliseconds(3));
  const std::string text = metrics.text();
  EXPECT_TRUE(has(text, R"(ovserve_loader_calls{loader="l",function="loadModel",result="success"} 2)"));
  EXPECT_TRUE(has(text, R"(ovserve_loader_calls{loader="l",function="loadModel",result="fail"} 1)"));
  EXPECT_TRUE(has(text, R"(ovserve_loader_calls{loader="l",function="unloadModel",result="fail"} 0)"));
  EXPECT_TRUE(has(text, R"(ovserve_loader_call_time_us{loader="l",function="loadModel",result="success"} 5000)"));
}

TEST(Metrics, CountsWhileModelsComeAndGo) {
  std::vector<std::string> all;
  for (const MetricFamily& family : metric_families()) all.emplace_back(family.name);
  Metrics metrics(all);
  metrics.add_model("stays");
  metrics.add_version("stays", 1);
  constexpr int kThreads = 3;
  constexpr int kEach = 500;
  constexpr std::uint64_t kAll = std::uint64_t{kThreads} * kEach;
  std::vector<std::thread> threads;
  threads.reserve(kThreads + 1);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) {
        const auto series = metrics.find_version("stays", 1);
        series->requests.at(Method::kPredict, Interface::kRest).success.add();
        series->inference_time.observe(std::chrono::microseconds(j));
        if (const auto other = metrics.find_version("goes", 1)) other->current_requests.add(1);
        metrics.count_call("l", "loadModel", true, std::chrono::nanoseconds(1));
      }
    });
  }
  threads.emplace_back([&] {
    for (int j = 0; j < 50; ++j) {
      metrics.add_model("goes");
      metrics.add_version("goes", 1);
      EXPECT_FALSE(metrics.text().empty());
      metrics.remove_model("goes");
    }
  });
  for (std::thread& thread : threads) thread.join();
  const auto series = metrics.find_version("stays", 1);
  EXPECT_EQ(series->requests.at(Method::kPredict, Interface::kRest).success.value(), kAll);
  EXPECT_EQ(series->inference_time.snapshot().total, kAll);
}

}  // namespace
}  // namespace ovserve
