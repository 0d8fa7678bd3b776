#include "repository/repository_observer.h"

#include <mutex>

#include "repository/repository_fixture.h"

namespace ovserve::testing {
namespace {

/// Notes everything it is told, one line each.
class Notes : public RepositoryObserver {
 public:
  void model_configured(const std::string& model) noexcept override { note("configured " + model); }
  void model_removed(const std::string& model) noexcept override { note("removed " + model); }
  void load_began(const std::string& model, Version version) noexcept override { note("began", model, version); }
  void load_done(const std::string& model, Version version, Duration) noexcept override {
    note("done", model, version);
  }
  void load_failed(const std::string& model, Version version) noexcept override { note("failed", model, version); }
  void blacklisted(const std::string& model, Version version, bool is_blacklisted) noexcept override {
    if (is_blacklisted) note("blacklisted", model, version);
  }
  void loader_called(const std::string& loader, const char* function, bool succeeded, Duration) noexcept override {
    note(loader + " " + function + (succeeded ? " ok" : " failed"));
  }

  long count(const std::string& line) {
    const std::lock_guard lock(mutex_);
    return std::count(lines_.begin(), lines_.end(), line);
  }

 private:
  void note(const std::string& what, const std::string& model, Version version) {
    note(what + " " + model + " " + std::to_string(version));
  }
  void note(const std::string& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class RepositoryObserverTest : public RepositoryTest {
 protected:
  RepositoryObserverTest() {
    RepositoryOptions options;
    options.observer = notes;
    start(options);
  }

  std::shared_ptr<Notes> notes = std::make_shared<Notes>();
};

TEST_F(RepositoryObserverTest, IsToldOfModelsAndTheirLoads) {
  engine.mark_bad("/bad/1");
  apply({}, {files("m", {1}), files("bad", {1})});
  EXPECT_EQ(notes->count("configured m"), 1);
  EXPECT_EQ(notes->count("began m 1"), 1);
  EXPECT_EQ(notes->count("done m 1"), 1);
  EXPECT_GE(notes->count("failed bad 1"), 1);
  apply({}, {});
  EXPECT_EQ(notes->count("removed m"), 1);
  apply({}, {files("m", {1})});
  EXPECT_EQ(notes->count("configured m"), 2);
  EXPECT_EQ(notes->count("began m 1"), 2);
}

TEST_F(RepositoryObserverTest, IsToldOfEveryCallIntoALoader) {
  loaders.fail("load bad 1", "no licence");
  apply({l}, {through("l", "m", {1}), through("l", "bad", {1})});
  EXPECT_EQ(notes->count("l loaderInit ok"), 1);
  EXPECT_EQ(notes->count("l loadModel ok"), 1);
  EXPECT_GE(notes->count("l loadModel failed"), 1);
  loaders.blacklist("m", 1);
  repository->check_blacklist(true);
  EXPECT_EQ(notes->count("blacklisted m 1"), 1);
  EXPECT_GE(notes->count("l getModelBlacklistStatus ok"), 1);
  apply({}, {});
  EXPECT_EQ(notes->count("l retireModel ok"), 2);
  EXPECT_GE(notes->count("l unloadModel ok"), 2);
  EXPECT_EQ(notes->count("l loaderDeInit ok"), 1);
}

TEST_F(RepositoryObserverTest, AFailingLoaderIsAFailedCall) {
  loaders.fail("create l", "no key");
  apply({l}, {});
  EXPECT_EQ(notes->count("l loaderInit failed"), 1);
}

}  // namespace
}  // namespace ovserve::testing
