#include "loader/custom_loader_adapter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "loader/shared_library_loader.h"
#include "loader_fixtures.h"

namespace ovserve {
namespace {

/// Drives the hostile loader the way the server does.
class HostileLoaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Loader> create(const std::string& config = "") {
    return create_loader(loader_config("x", library("hostile_loader"), config));
  }

  LoadRequest request(const std::string& options = "") const {
    return {"m", folder_.path(), 1, "{\"loader_name\":\"x\"" + (options.empty() ? "" : "," + options) + "}"};
  }

  LoadRequest behaving(const std::string& behaviour) const { return request("\"behaviour\":\"" + behaviour + "\""); }

  // What follows `custom loader "x": loadModel for model "m" version 1` in the error of a load.
  std::string failure(const std::string& behaviour, ErrorCode code = ErrorCode::kInternal) {
    const auto loader = create();
    const std::string message = error_of([&] { loader->load(behaving(behaviour)); }, code);
    const std::string prefix = "custom loader \"x\": loadModel for model \"m\" version 1 ";
    EXPECT_EQ(message.find(prefix), 0U) << message;
    return message.substr(std::min(prefix.size(), message.size()));
  }

  void write_model(const std::string& xml, const std::string& bin) {
    write_bytes(folder_ / "1/model.xml", xml);
    write_bytes(folder_ / "1/model.bin", bin);
  }

  const TemporaryFolder folder_;
};

std::string text_of(const Buffer& buffer) { return {reinterpret_cast<const char*>(buffer.data), buffer.size}; }

TEST_F(HostileLoaderTest, HandsOverModelAndWeights) {
  write_model("<net/>", std::string(100'000, 'w'));
  const auto loader = create();
  const ModelBuffers buffers = loader->load(request());
  EXPECT_EQ(buffers.kind, ModelKind::kIr);
  EXPECT_EQ(text_of(buffers.model), "<net/>");
  EXPECT_EQ(text_of(buffers.weights), std::string(100'000, 'w'));
  loader->unload("m", 1);
  loader->retire("m");
  loader->deinit();
}

TEST_F(HostileLoaderTest, BuffersOutliveTheLoaderAndEachOther) {
  write_model("<net/>", "weights");
  auto loader = create();
  ModelBuffers buffers = loader->load(request());
  loader.reset();
  buffers.model = {};
  EXPECT_EQ(text_of(buffers.weights), "weights");
  const std::weak_ptr<const void> watch = buffers.weights.owner;
  buffers.weights = {};
  EXPECT_TRUE(watch.expired());
}

TEST_F(HostileLoaderTest, AcceptsIrWithoutWeights) {
  write_bytes(folder_ / "1/model.xml", "<net/>");
  EXPECT_EQ(create()->load(request()).weights.size, 0U);
}

TEST_F(HostileLoaderTest, TakesOnnxAndBlobAndDropsTheirWeights) {
  const auto loader = create();
  const ModelBuffers onnx = loader->load(behaving("garbage_onnx"));
  EXPECT_EQ(onnx.kind, ModelKind::kOnnx);
  EXPECT_EQ(onnx.model.size, 5000U);
  EXPECT_EQ(onnx.weights.size, 0U);
  EXPECT_EQ(loader->load(behaving("garbage_blob")).kind, ModelKind::kBlob);
}

TEST_F(HostileLoaderTest, LeavesJudgingTheContentToOthers) {
  EXPECT_EQ(create()->load(behaving("garbage")).model.size, 5000U);
}

TEST_F(HostileLoaderTest, TurnsStatusesIntoErrors) {
  EXPECT_EQ(failure("return_load_error"), "returned MODEL_LOAD_ERROR (4)");
  EXPECT_EQ(failure("return_internal_error"), "returned INTERNAL_ERROR (6)");
  EXPECT_EQ(failure("return_blacklisted", ErrorCode::kFailedPrecondition),
            "returned MODEL_BLACKLISTED (5): the loader does not allow it at present");
  EXPECT_EQ(failure("return_ok"),
            "returned OK (0), which does not say what it loaded: it must return MODEL_TYPE_IR, MODEL_TYPE_ONNX or "
            "MODEL_TYPE_BLOB");
  EXPECT_EQ(failure("return_99"), "returned 99, which is no CustomLoaderStatus");
  EXPECT_EQ(failure("return_-1"), "returned -1, which is no CustomLoaderStatus");
  EXPECT_EQ(failure("empty"), "returned MODEL_TYPE_IR (1), but left modelBuffer empty");
}

TEST_F(HostileLoaderTest, TurnsExceptionsOfAnyTypeIntoErrors) {
  EXPECT_EQ(failure("throw_std"), "threw: boom");
  EXPECT_EQ(failure("throw_int"), "threw: an exception of type int: 42");
  EXPECT_EQ(failure("throw_string"), "threw: thrown text");
  EXPECT_EQ(failure("throw_bad_alloc"), "threw: std::bad_alloc");
  EXPECT_EQ(failure("throw_custom"), "threw: an exception of type (anonymous namespace)::CustomException");
  EXPECT_EQ(failure("throw_null_what"), "threw: an exception of type (anonymous namespace)::NullWhat without a text");
  EXPECT_EQ(failure("partial_throw"), "threw: failed halfway");
}

TEST_F(HostileLoaderTest, RefusesVersionsThatTheInterfaceCannotHold) {
  const auto loader = create();
  LoadRequest large = request();
  large.version = std::int64_t{std::numeric_limits<int>::max()} + 1;
  const std::string reason = " was not called: the loader interface takes versions up to 2147483647";
  EXPECT_EQ(error_of([&] { loader->load(large); }),
            "custom loader \"x\": loadModel for model \"m\" version 2147483648" + reason);
  EXPECT_EQ(error_of([&] { loader->unload("m", large.version); }),
            "custom loader \"x\": unloadModel for model \"m\" version 2147483648" + reason);
  EXPECT_EQ(error_of([&] { loader->blacklist_status("m", large.version); }),
            "custom loader \"x\": getModelBlacklistStatus for model \"m\" version 2147483648" + reason);
}

TEST_F(HostileLoaderTest, TakesAnyOtherAnswerThanOkForBlacklisted) {
  EXPECT_EQ(create()->blacklist_status("m", 1), BlacklistStatus::kAllowed);
  for (const char* status : {"return_1", "return_4", "return_5", "return_6", "return_77"}) {
    EXPECT_EQ(create(std::string("blacklist=") + status)->blacklist_status("m", 1), BlacklistStatus::kBlacklisted)
        << status;
  }
}

TEST_F(HostileLoaderTest, FollowsTheStatusFile) {
  write_model("<net/>", "");
  const auto loader = create();
  loader->load(request("\"status_file\":\"model.status\""));
  EXPECT_EQ(loader->blacklist_status("m", 1), BlacklistStatus::kAllowed);
  write_bytes(folder_ / "1/model.status", "DISABLED\n");
  EXPECT_EQ(loader->blacklist_status("m", 1), BlacklistStatus::kBlacklisted);
  EXPECT_EQ(loader->blacklist_status("m", 2), BlacklistStatus::kAllowed);
  write_bytes(folder_ / "1/model.status", "throw");
  EXPECT_EQ(error_of([&] { loader->blacklist_status("m", 1); }),
            "custom loader \"x\": getModelBlacklistStatus for model \"m\" version 1 threw: the status file says throw");
  std::filesystem::remove(folder_ / "1/model.status");
  EXPECT_EQ(loader->blacklist_status("m", 1), BlacklistStatus::kAllowed);
}

TEST_F(HostileLoaderTest, ReportsFailuresOfTheOtherFunctions) {
  EXPECT_EQ(error_of([&] { create("unload=return_6")->unload("m", 1); }),
            "custom loader \"x\": unloadModel for model \"m\" version 1 returned INTERNAL_ERROR (6)");
  EXPECT_EQ(error_of([&] { create("unload=throw_int")->unload("m", 1); }),
            "custom loader \"x\": unloadModel for model \"m\" version 1 threw: an exception of type int: 42");
  EXPECT_EQ(error_of([&] { create("retire=throw_std")->retire("m"); }),
            "custom loader \"x\": retireModel for model \"m\" threw: boom");
  EXPECT_EQ(error_of([&] { create("deinit=throw_null_what")->deinit(); }),
            "custom loader \"x\": loaderDeInit threw: an exception of type (anonymous namespace)::NullWhat without a "
            "text");
}

TEST_F(HostileLoaderTest, CallsArriveInOrderOnTheCallersThread) {
  write_model("<net/>", "");
  const std::string log = folder_ / "calls";
  {
    const auto loader = create("call_log=" + log);
    loader->load(request());
    loader->blacklist_status("m", 1);
    loader->retire("m");
    loader->unload("m", 1);
    loader->deinit();
  }
  std::vector<std::string> begun;
  std::vector<std::string> threads;
  std::istringstream lines(read_bytes(log));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("> ")) begun.push_back(line.substr(2, line.find(" object=") - 2));
    threads.push_back(line.substr(line.find(" thread=")));
  }
  EXPECT_EQ(begun, (std::vector<std::string>{"loaderInit", "loadModel m 1", "getModelBlacklistStatus m 1",
                                             "retireModel m", "unloadModel m 1", "loaderDeInit", "destructor"}));
  EXPECT_EQ(std::count(threads.begin(), threads.end(), threads.front()), 14);
}

TEST_F(HostileLoaderTest, ACallThatHangsComesBackWhenTheLoaderLetsIt) {
  write_model("<net/>", "");
  const auto loader = create();
  std::atomic<bool> done{false};
  std::thread caller([&] {
    loader->load(request("\"behaviour\":\"hang\",\"release_file\":\"" + (folder_ / "release") + "\",\"call_log\":\"" +
                         (folder_ / "calls") + "\""));
    done = true;
  });
  while (read_bytes(folder_ / "calls").empty()) std::this_thread::yield();
  EXPECT_FALSE(done);
  write_bytes(folder_ / "release", "");
  caller.join();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace ovserve
