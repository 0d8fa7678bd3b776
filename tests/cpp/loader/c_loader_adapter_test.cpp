#include "loader/c_loader_adapter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "loader/shared_library.h"
#include "loader/shared_library_loader.h"
#include "loader_fixtures.h"
#include "recording_loader_host.h"

namespace ovserve {
namespace {

const std::string kName = "hostile_c_loader";

std::string text_of(const Buffer& buffer) { return {reinterpret_cast<const char*>(buffer.data), buffer.size}; }

/// Drives the hostile loader the way the server does.
class CLoaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Loader> create(const std::string& config = "", const std::string& name = kName) {
    return SharedLibraryLoaderFactory().create(loader_config("x", library(name), config), host_);
  }

  static LoadRequest behaving(const std::string& behaviour) { return {"m", "/base", 3, behaviour}; }

  // What follows `prefix` in the error of an action.
  template <typename Action>
  static std::string rest_of(const std::string& prefix, const Action& action, ErrorCode code = ErrorCode::kInternal) {
    const std::string message = error_of(action, code);
    EXPECT_EQ(message.find(prefix), 0U) << message;
    return message.substr(std::min(prefix.size(), message.size()));
  }

  std::string load_failure(const std::string& behaviour, ErrorCode code = ErrorCode::kInternal) {
    const auto loader = create();
    return rest_of(
        "custom loader \"x\": load for model \"m\" version 3 ", [&] { loader->load(behaving(behaviour)); }, code);
  }

  std::string entry_failure(const std::string& behaviour) {
    const EnvironmentVariable variable("HOSTILE_C_LOADER", behaviour);
    return rest_of("custom loader \"x\": ovserve_loader_v1 of library \"" + library(kName) + "\" ", [&] { create(); });
  }

  std::string init_failure(const std::string& behaviour) {
    return rest_of("custom loader \"x\": init of library \"" + library(kName) + "\" ", [&] { create(behaviour); });
  }

  template <typename Result = int>
  static Result ask(const char* function, const std::string& name = kName) {
    return SharedLibrary::open(library(name), {LoaderFunction{kCLoaderEntry}})->find<Result()>(function)();
  }

  const std::shared_ptr<RecordingLoaderHost> host_ = std::make_shared<RecordingLoaderHost>();
};

TEST_F(CLoaderTest, HandsOverModelAndWeightsAndReleasesEachOnce) {
  const int before = ask("released_buffers");
  auto loader = create();
  ModelBuffers buffers = loader->load(behaving("fine"));
  EXPECT_EQ(buffers.kind, ModelKind::kIr);
  EXPECT_EQ(text_of(buffers.model), "<net/>");
  EXPECT_EQ(text_of(buffers.weights), "weights");
  loader->deinit();
  loader.reset();
  EXPECT_EQ(ask("released_buffers"), before) << "memory outlives its loader";
  const void* const data = buffers.weights.data;
  const Buffer copy = std::exchange(buffers.weights, {});
  buffers = {};
  EXPECT_EQ(ask("released_buffers"), before + 1);
  EXPECT_EQ(text_of(copy), "weights");
  const_cast<Buffer&>(copy) = {};
  EXPECT_EQ(ask("released_buffers"), before + 2);
  EXPECT_EQ(ask<const void*>("last_released_data"), data) << "the loader's own memory, not a copy";
}

TEST_F(CLoaderTest, ReleasesOnAnyThread) {
  const int before = ask("released_buffers");
  auto buffers = std::make_unique<ModelBuffers>(create()->load(behaving("fine")));
  std::thread([moved = std::move(buffers)]() mutable { moved.reset(); }).join();
  EXPECT_EQ(ask("released_buffers"), before + 2);
}

TEST_F(CLoaderTest, TakesMemoryThatNeedsNoRelease) {
  const ModelBuffers buffers = create()->load(behaving("static"));
  EXPECT_EQ(buffers.kind, ModelKind::kBlob);
  EXPECT_EQ(text_of(buffers.model), "static model");
}

TEST_F(CLoaderTest, PassesArgumentsOn) { EXPECT_EQ(text_of(create()->load(behaving("arguments")).model), "m|/base|3"); }

TEST_F(CLoaderTest, ReleasesWhatALoadThatFailedHandedOver) {
  const int before = ask("released_buffers");
  EXPECT_EQ(load_failure("fails_after_filling"), "returned MODEL_LOAD_ERROR (4): too late");
  EXPECT_EQ(ask("released_buffers"), before + 2);
}

TEST_F(CLoaderTest, ReleasesWeightsThatNobodyReads) {
  const int before = ask("released_buffers");
  const ModelBuffers buffers = create()->load(behaving("onnx_with_weights"));
  EXPECT_EQ(buffers.weights.size, 0U);
  EXPECT_EQ(ask("released_buffers"), before + 1);
}

TEST_F(CLoaderTest, RefusesANullPointerWithALength) {
  const int before = ask("released_buffers");
  EXPECT_EQ(load_failure("null_with_length"), "handed over weights of 4096 bytes at a null pointer");
  EXPECT_EQ(ask("released_buffers"), before + 2) << "release is called for it all the same";
}

TEST_F(CLoaderTest, RefusesALengthThatNoMemoryHas) {
  const int before = ask("released_buffers");
  EXPECT_EQ(load_failure("huge_length"), "handed over a model of 18446744073709551610 bytes, which no memory has");
  EXPECT_EQ(ask("released_buffers"), before + 1);
}

TEST_F(CLoaderTest, RefusesRubbishStatuses) {
  EXPECT_EQ(load_failure("status_99"), "returned 99, which is no ovserve_status");
  EXPECT_EQ(load_failure("status_minus_1"), "returned -1, which is no ovserve_status");
  EXPECT_EQ(load_failure("empty"), "returned MODEL_TYPE_ONNX (2), but left the model empty");
  EXPECT_EQ(load_failure("returns_ok"),
            "returned OK (0), which does not say what it loaded: it must return OVSERVE_MODEL_TYPE_IR, "
            "OVSERVE_MODEL_TYPE_ONNX or OVSERVE_MODEL_TYPE_BLOB");
}

TEST_F(CLoaderTest, BoundsAndCleansTheLoadersWords) {
  EXPECT_EQ(load_failure("unterminated"), "returned INTERNAL_ERROR (6): " + std::string(1000, 'x') + "...");
  EXPECT_EQ(load_failure("not_utf8"), "returned INTERNAL_ERROR (6): bad ?? text second line");
}

TEST_F(CLoaderTest, TellsARefusalFromAFailure) {
  EXPECT_EQ(load_failure("blacklisted", ErrorCode::kFailedPrecondition),
            "returned MODEL_BLACKLISTED (5): the loader does not allow it at present");
  EXPECT_EQ(load_failure("blacklisted_why", ErrorCode::kFailedPrecondition),
            "returned MODEL_BLACKLISTED (5): licence expired");
}

TEST_F(CLoaderTest, DoesNotCutTextAtAZeroByte) {
  EXPECT_EQ(rest_of("custom loader \"x\": load for model \"a b\" version 1 ",
                    [&] { create()->load({std::string("a\0b", 3), "/base", 1, ""}); }),
            "was not called: the model's name holds a zero byte, which text in C cannot");
}

TEST_F(CLoaderTest, AnswersBlacklistQuestions) {
  const auto loader = create();
  EXPECT_EQ(loader->blacklist_status("m", 1), BlacklistStatus::kAllowed);
  EXPECT_EQ(loader->blacklist_status("blacklisted", 1), BlacklistStatus::kBlacklisted);
  EXPECT_EQ(loader->blacklist_status("status_99", 1), BlacklistStatus::kBlacklisted);
  EXPECT_EQ(
      error_of([&] { loader->blacklist_status("error", 1); }),
      "custom loader \"x\": blacklist_status for model \"error\" version 1 returned INTERNAL_ERROR (6): the key is "
      "missing");
}

TEST_F(CLoaderTest, ReportsFailuresOfTheOtherFunctions) {
  const auto loader = create("deinit_fails");
  loader->unload("m", 1);
  loader->retire("m");
  EXPECT_EQ(
      error_of([&] { loader->unload("error", 2); }),
      "custom loader \"x\": unload for model \"error\" version 2 returned INTERNAL_ERROR (6): the key is missing");
  EXPECT_EQ(error_of([&] { loader->retire("status_99"); }),
            "custom loader \"x\": retire for model \"status_99\" returned 99, which is no ovserve_status");
  EXPECT_EQ(error_of([&] { loader->deinit(); }),
            "custom loader \"x\": deinit returned INTERNAL_ERROR (6): threads do not end");
}

TEST_F(CLoaderTest, LeavesOutFunctionsThatAreNotThere) {
  const EnvironmentVariable variable("HOSTILE_C_LOADER", "least");
  const auto loader = create("keeps_nothing");
  EXPECT_EQ(loader->blacklist_status("blacklisted", 1), BlacklistStatus::kAllowed);
  loader->unload("error", 1);
  loader->retire("error");
  loader->deinit();
}

TEST_F(CLoaderTest, RefusesRubbishTables) {
  EXPECT_EQ(entry_failure("null"), "returned null without a reason");
  EXPECT_EQ(entry_failure("null_with_reason"), "refused this server: needs revision 9");
  EXPECT_EQ(entry_failure("size_0"),
            "returned a table whose struct_size is 0, too small for its 64 bytes: set it to "
            "sizeof(ovserve_loader_api)");
  EXPECT_EQ(entry_failure("small").find("returned a table whose struct_size is 24"), 0U);
  const std::string version =
      "; this server knows revisions 1 to 1: set it to OVSERVE_LOADER_ABI_VERSION, or build the library with the "
      "header of this server";
  EXPECT_EQ(entry_failure("version_0"), "returned a table with abi_version 0" + version);
  EXPECT_EQ(entry_failure("version_7"), "returned a table with abi_version 7" + version);
  EXPECT_EQ(entry_failure("no_init"), "returned a table without the function init");
  EXPECT_EQ(entry_failure("no_load"), "returned a table without the function load");
  EXPECT_EQ(entry_failure("no_deinit"), "returned a table without the function deinit");
}

TEST_F(CLoaderTest, TakesTablesOfANewerHeader) {
  const EnvironmentVariable variable("HOSTILE_C_LOADER", "larger");
  EXPECT_EQ(text_of(create()->load(behaving("fine")).model), "<net/>");
}

TEST_F(CLoaderTest, CallsNothingAfterAnInitThatFailed) {
  const int before = ask("deinit_calls");
  EXPECT_EQ(init_failure("error"), "returned INTERNAL_ERROR (6): the key is missing");
  EXPECT_EQ(init_failure("status_99"), "returned 99, which is no ovserve_status");
  EXPECT_EQ(ask("deinit_calls"), before);
}

TEST_F(CLoaderTest, DeinitIsSaidOnceAndNeverForgotten) {
  const int before = ask("deinit_calls");
  auto loader = create();
  loader->deinit();
  loader.reset();
  EXPECT_EQ(ask("deinit_calls"), before + 1);
  create().reset();
  EXPECT_EQ(ask("deinit_calls"), before + 2);
}

TEST_F(CLoaderTest, TellsTheServer) {
  create()->load(behaving("tell"));
  EXPECT_EQ(host_->told(),
            std::vector<std::string>({"log 3 a warning", "log 2 an unknown level", "log 4 bad ? bytes",
                                      "progress m 3 25 %, decrypting", "progress m 3 ", "blacklist_changed"}));
}

TEST_F(CLoaderTest, LearnsOfCancelling) {
  auto loader = create();
  std::thread canceller([&] { host_->set_cancelled(true); });
  EXPECT_EQ(error_of([&] { loader->load(behaving("wait_until_cancelled")); }),
            "custom loader \"x\": load for model \"m\" version 3 returned MODEL_LOAD_ERROR (4): gave up");
  canceller.join();
}

TEST_F(CLoaderTest, NumbersOfTheServerAreHarmlessAfterTheEnd) {
  auto loader = create();
  loader->load(behaving("fine"));
  const auto* const functions = ask<const ovserve_host_api*>("server_functions");
  const auto call = ask<std::uint64_t>("last_call_number");
  const auto host = ask<std::uint64_t>("last_host_number");
  EXPECT_NE(functions->cancelled(call), 0) << "the call is over, so nobody wants its result";
  EXPECT_EQ(functions->remaining_ms(call), 0);
  functions->progress(call, 0.5, "too late");
  loader->deinit();
  loader.reset();
  functions->log(host, OVSERVE_LOG_ERROR, "too late");
  functions->blacklist_changed(host);
  for (const std::uint64_t made_up : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    functions->log(made_up, OVSERVE_LOG_ERROR, "to nobody");
    functions->blacklist_changed(made_up);
    EXPECT_NE(functions->cancelled(made_up), 0);
  }
  EXPECT_EQ(host_->told(), std::vector<std::string>());
}

TEST_F(CLoaderTest, RemainingTimeIsTheServers) {
  const CHostRegistration registration(host_);
  const CCallRegistration call(registration, "m", 1);
  EXPECT_EQ(c_host_api().remaining_ms(call.id()), INT64_MAX);
  host_->set_remaining(std::chrono::milliseconds(1500));
  EXPECT_EQ(c_host_api().remaining_ms(call.id()), 1500);
  host_->set_remaining(std::chrono::milliseconds(-3));
  EXPECT_EQ(c_host_api().remaining_ms(call.id()), 0);
}

TEST_F(CLoaderTest, ManyThreadsMayTell) {
  auto loader = create();
  const auto host = ask<std::uint64_t>("last_host_number");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) {
        c_host_api().log(host, OVSERVE_LOG_INFO, "line");
        c_host_api().blacklist_changed(host);
      }
    });
  }
  for (int n = 0; n < 20; ++n) loader->load(behaving("fine"));
  loader.reset();  // while they go on
  for (auto& thread : threads) thread.join();
  EXPECT_LE(host_->told().size(), 800U);
}

TEST_F(CLoaderTest, StopsExceptionsAndReleasesAllTheSame) {
  std::vector<std::string> lines;
  auto loader = create("", "throwing_c_loader");
  set_log_sink([&](LogLevel, std::string_view, std::string_view text) { lines.emplace_back(text); });
  EXPECT_EQ(error_of([&] { loader->load(behaving("")); }),
            "custom loader \"x\": load for model \"m\" version 3 threw: load boom");
  EXPECT_EQ(ask("released_buffers", "throwing_c_loader"), 1);
  loader.reset();
  set_log_sink({});
  EXPECT_EQ(lines,
            std::vector<std::string>({"custom loader \"x\": release for model \"m\" version 3 threw: release boom",
                                      "custom loader \"x\": deinit threw: an exception of type int: 42"}));
}

TEST_F(CLoaderTest, ThePlainInterfaceWinsWhereALibraryHasBoth) {
  EXPECT_EQ(text_of(create("", "both_interfaces")->load(behaving("arguments")).model), "m|/base|3");
}

TEST_F(CLoaderTest, TheStringAbiOfALibraryInPlainCIsItsOwn) {
  EXPECT_EQ(text_of(create("", "c_loader_with_old_strings")->load(behaving("static")).model), "static model");
}

TEST_F(CLoaderTest, NamesBothFunctionsWhereALibraryHasNone) {
  EXPECT_EQ(error_of([&] { create("", "no_factory"); }),
            "custom loader \"x\": library \"" + library("no_factory") +
                "\": it exports no function createCustomLoader or ovserve_loader_v1: define it, and declare it extern "
                "\"C\"");
}

}  // namespace
}  // namespace ovserve
