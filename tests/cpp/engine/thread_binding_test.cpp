#include "engine/thread_binding.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>

#include "engine/execution_mode.h"

namespace {

std::atomic<int> bindings{0};

}  // namespace

// In the place of the C library's: what binds threads in this process is counted.
extern "C" [[gnu::visibility("default")]] int sched_setaffinity(pid_t thread, std::size_t size,
                                                                const cpu_set_t* processors) noexcept {
  ++bindings;
  return static_cast<int>(::syscall(SYS_sched_setaffinity, thread, size, processors));
}

namespace ovserve {
namespace {

namespace fs = std::filesystem;

class Devices : public ::testing::Test {
 protected:
  Devices() : root_(fs::path(::testing::TempDir()) / ("devices-" + std::to_string(::getpid()))) {
    add("system/node/node0");
  }
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;
  ~Devices() override { fs::remove_all(root_); }

  void add(const std::string& name) { fs::create_directories(root_ / name); }
  bool are_alike() const { return processors_are_alike(root_); }

  fs::path root_;
};

TEST_F(Devices, AreAlikeWithOneMemoryNode) {
  EXPECT_TRUE(are_alike());
  add("system/node/node_of_no_number");
  EXPECT_TRUE(are_alike());
}

TEST_F(Devices, DifferWithSeveralMemoryNodes) {
  add("system/node/node1");
  EXPECT_FALSE(are_alike());
}

TEST_F(Devices, DifferWithProcessorsOfSeveralKinds) {
  add("cpu_atom");
  EXPECT_FALSE(are_alike());
}

TEST_F(Devices, AreNotJudgedUnseen) { EXPECT_FALSE(processors_are_alike(root_ / "nowhere")); }

std::shared_ptr<ov::Model> add_one() {
  const auto input = std::make_shared<ov::opset13::Parameter>(ov::element::f32, ov::Shape{1, 10});
  const auto one = ov::opset13::Constant::create(ov::element::f32, {}, {1.0F});
  return std::make_shared<ov::Model>(ov::OutputVector{std::make_shared<ov::opset13::Add>(input, one)},
                                     ov::ParameterVector{input});
}

TEST(ThreadBinding, InferencesBindNoThread) {
  if (!processors_are_alike("/sys/devices")) GTEST_SKIP() << "threads are bound on this machine";
  leave_threads_unbound();
  ov::Core core;
  auto request = core.compile_model(add_one(), "CPU", with_mode({}, ExecutionMode::kInline)).create_infer_request();
  request.infer();
  const int before = bindings;
  for (int i = 0; i < 10; ++i) request.infer();
  EXPECT_EQ(bindings, before);
}

TEST(ThreadBinding, LeavesWhatTheUserChose) {
  ::setenv("HWLOC_THISSYSTEM", "1", 1);
  leave_threads_unbound();
  EXPECT_STREQ(std::getenv("HWLOC_THISSYSTEM"), "1");
  ::unsetenv("HWLOC_THISSYSTEM");
}

}  // namespace
}  // namespace ovserve
