#include "loader/loader_call.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "loader_fixtures.h"

namespace ovserve {
namespace {

using ovms::CustomLoaderStatus;

TEST(CustomLoaderStatusToString, NamesStatusAndNumber) {
  EXPECT_EQ(to_string(CustomLoaderStatus::OK), "OK (0)");
  EXPECT_EQ(to_string(CustomLoaderStatus::MODEL_BLACKLISTED), "MODEL_BLACKLISTED (5)");
  for (const int number : {99, -1, 7}) {
    const auto status =
        static_cast<CustomLoaderStatus>(number);  // NOLINT(clang-analyzer-optin.core.EnumCastOutOfRange)
    EXPECT_EQ(to_string(status), std::to_string(number) + ", which is no CustomLoaderStatus");
  }
}

TEST(LoaderCall, GivesTheAnswer) {
  EXPECT_EQ(LoaderCall("x", "f").run([] { return 5; }), 5);
}

TEST(LoaderCall, NamesEverythingInItsErrors) {
  const LoaderCall call = LoaderCall("x", "loadModel").for_model("m").for_version(3);
  EXPECT_EQ(error_of([&] { call.run([] { throw std::runtime_error("boom"); }); }),
            "custom loader \"x\": loadModel for model \"m\" version 3 threw: boom");
  EXPECT_EQ(error_of([&] { call.expect_ok(CustomLoaderStatus::INTERNAL_ERROR); }),
            "custom loader \"x\": loadModel for model \"m\" version 3 returned INTERNAL_ERROR (6)");
  call.expect_ok(CustomLoaderStatus::OK);
}

TEST(LoaderCall, LetsTheEndOfAThreadPass) {
  static std::atomic<bool> came_back{false};
  pthread_t thread{};
  const auto body = [](void*) -> void* {
    LoaderCall("x", "f").run([] { pthread_exit(nullptr); });
    came_back = true;
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, nullptr, body, nullptr), 0);
  EXPECT_EQ(pthread_join(thread, nullptr), 0);
  EXPECT_FALSE(came_back);
}

}  // namespace
}  // namespace ovserve
