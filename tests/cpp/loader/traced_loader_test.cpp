#include "loader/traced_loader.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "fakes/fake_loader.h"
#include "loader_fixtures.h"

namespace ovserve {
namespace {

class TracedLoaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Loader> create(const std::string& config_file = "") {
    return factory_.create(loader_config("l", "/lib/l.so", config_file), std::make_shared<StandaloneLoaderHost>("l"));
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> result;
    for (const TracedCall& call : trace_->calls()) {
      result.push_back(call.function + "(" + call.model + ", " + std::to_string(call.version) + ", " + call.arguments +
                       "): " + call.result);
    }
    return result;
  }

  testing::FakeLoaders fakes_;
  const std::shared_ptr<LoaderTrace> trace_ = std::make_shared<LoaderTrace>();
  TracedLoaderFactory factory_{fakes_, trace_};
};

TEST_F(TracedLoaderTest, NotesEveryFunctionAndPassesItOn) {
  const auto loader = create("loader.json");
  loader->load({"m", "/base", 3, R"({"key":"a secret"})"});
  loader->blacklist_status("m", 3);
  fakes_.blacklist("m", 3);
  EXPECT_EQ(loader->blacklist_status("m", 3), BlacklistStatus::kBlacklisted);
  loader->retire("m");
  loader->unload("m", 3);
  loader->deinit();
  EXPECT_EQ(lines(), std::vector<std::string>({
                         "loaderInit(, 0, loader_config_file loader.json): OK",
                         "loadModel(m, 3, base_path /base): OK",
                         "getModelBlacklistStatus(m, 3, ): OK",
                         "getModelBlacklistStatus(m, 3, ): MODEL_BLACKLISTED",
                         "retireModel(m, 0, ): OK",
                         "unloadModel(m, 3, ): OK",
                         "loaderDeInit(, 0, ): OK",
                     }));
  EXPECT_EQ(trace_->calls()[0].loader, "l");
  EXPECT_EQ(trace_->calls()[0].library, "/lib/l.so");
  EXPECT_EQ(fakes_.calls(), std::vector<std::string>({"create l", "load m 3", "retire m", "unload m 3", "deinit l"}));
}

TEST_F(TracedLoaderTest, NotesCausesAndLetsThemPass) {
  fakes_.fail("load m 1", "no key");
  fakes_.fail("question m 1", "no licence server");
  const auto loader = create();
  EXPECT_EQ(error_of([&] { loader->load({"m", "/base", 1, "{}"}); }), "no key");
  EXPECT_EQ(error_of([&] { loader->blacklist_status("m", 1); }), "no licence server");
  EXPECT_EQ(lines()[1], "loadModel(m, 1, base_path /base): no key");
  EXPECT_EQ(lines()[2], "getModelBlacklistStatus(m, 1, ): no licence server");
}

TEST_F(TracedLoaderTest, NotesALoaderThatCannotBeMade) {
  fakes_.fail("create l", "file does not exist");
  EXPECT_EQ(error_of([&] { create(); }), "file does not exist");
  EXPECT_EQ(lines(), std::vector<std::string>({"loaderInit(, 0, ): file does not exist"}));
}

TEST_F(TracedLoaderTest, KeysAreThoseOfTheLibraries) {
  EXPECT_EQ(factory_.library_key(loader_config("l", "/lib/l.so")), "/lib/l.so");
}

}  // namespace
}  // namespace ovserve
