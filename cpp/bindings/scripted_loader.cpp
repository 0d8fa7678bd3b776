#include "bindings/scripted_loader.h"

#include <map>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "loader/standalone_loader_host.h"

namespace ovserve {
namespace {

/// One mutex per library file, for as long as the process lives, since libraries stay mapped.
std::shared_ptr<std::mutex> mutex_of_library(const std::string& library_key) {
  static std::mutex registry_mutex;
  static std::map<std::string, std::shared_ptr<std::mutex>> registry;
  const std::lock_guard lock(registry_mutex);
  std::shared_ptr<std::mutex>& entry = registry[library_key];
  if (!entry) entry = std::make_shared<std::mutex>();
  return entry;
}

}  // namespace

ScriptedLoader::ScriptedLoader(const LoaderConfig& config)
    : name_(config.name), library_mutex_(mutex_of_library(factory_.library_key(config))) {
  const std::lock_guard lock(*library_mutex_);
  loader_ = factory_.create(config, std::make_shared<StandaloneLoaderHost>(config.name));
}

ScriptedLoader::~ScriptedLoader() {
  try {
    deinit();
  } catch (...) {
    log(LogLevel::kError, "ovserve.loader", describe_current_exception());
  }
}

ModelBuffers ScriptedLoader::load(const std::string& name, const std::string& base_path, std::int64_t version,
                                  const std::string& options) {
  const std::lock_guard lock(*library_mutex_);
  return loader().load({name, base_path, version, options});
}

bool ScriptedLoader::blacklisted(const std::string& name, std::int64_t version) {
  const std::lock_guard lock(*library_mutex_);
  return loader().blacklist_status(name, version) == BlacklistStatus::kBlacklisted;
}

void ScriptedLoader::unload(const std::string& name, std::int64_t version) {
  const std::lock_guard lock(*library_mutex_);
  loader().unload(name, version);
}

void ScriptedLoader::retire(const std::string& name) {
  const std::lock_guard lock(*library_mutex_);
  loader().retire(name);
}

void ScriptedLoader::deinit() {
  const std::lock_guard lock(*library_mutex_);
  const std::unique_ptr<Loader> leaving = std::move(loader_);
  if (leaving) leaving->deinit();
}

Loader& ScriptedLoader::loader() {
  if (!loader_) {
    throw Error(ErrorCode::kFailedPrecondition, "loader " + name_ + ": already deinitialised, create another");
  }
  return *loader_;
}

}  // namespace ovserve
