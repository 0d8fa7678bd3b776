#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/model_buffers.h"
#include "loader/loader_host.h"

namespace ovserve {

/// Arguments of one load, as the loader gets them.
struct LoadRequest {
  std::string model_name;
  std::string base_path;
  std::int64_t version = 0;
  std::string options;  ///< custom_loader_options as compact JSON in file order, loader_name included
};

/// What a loader says about a version it was asked about.
enum class BlacklistStatus { kAllowed, kBlacklisted };

/// A source of models in memory: a custom loader, whatever it is written in.
///
/// The repository calls all functions of all loaders of one library from one thread, so that
/// existing loaders keep unguarded and even static state. Implementations stop every exception and
/// every rubbish answer of user code at their own boundary and throw ovserve::Error instead, naming
/// loader, function, model and version.
class Loader {
 public:
  virtual ~Loader() = default;

  /// Loads one model version. Throws Error: kFailedPrecondition when the loader says that the
  /// version is blacklisted, kInternal for everything else.
  virtual ModelBuffers load(const LoadRequest& request) = 0;

  /// Any status other than OK counts as blacklisted. Throws Error(kInternal) if the question itself failed.
  virtual BlacklistStatus blacklist_status(const std::string& model_name, std::int64_t version) = 0;

  /// The server has dropped everything it held of this version. Called exactly once per load call,
  /// also after a failed one. Throws Error(kInternal), which the caller only logs.
  virtual void unload(const std::string& model_name, std::int64_t version) = 0;

  /// The whole model leaves; called once, before its unloads. Throws like unload.
  virtual void retire(const std::string& model_name) = 0;

  /// Last call before destruction. Throws like unload.
  virtual void deinit() = 0;
};

/// A custom_loader_config_list entry.
struct LoaderConfig {
  std::string name;
  std::string library_path;  ///< already resolved against the configuration's folder
  std::string config_file;   ///< handed to the loader exactly as written; may be empty
  /// Fail closed: a blacklist question that throws or misses its deadline takes the version out.
  bool disable_on_blacklist_error = false;
  /// Not empty: why the configuration layer refuses this entry. It then counts as a failed loader.
  std::string problem;

  friend bool operator==(const LoaderConfig&, const LoaderConfig&) = default;
};

/// Makes loaders. Both functions may be called from any thread.
class LoaderFactory {
 public:
  virtual ~LoaderFactory() = default;

  /// Which library file an entry names, with links resolved: entries with equal keys share one
  /// thread. Runs no user code and does not throw: a missing file has its own path as key.
  virtual std::string library_key(const LoaderConfig& config) const = 0;

  /// Opens the library, makes the loader and initialises it: runs user code, so it is called on
  /// the library's thread. `host`, never null, is what the loader may use of the server. Throws Error
  /// naming loader, library and reason.
  virtual std::unique_ptr<Loader> create(const LoaderConfig& config, std::shared_ptr<LoaderHost> host) = 0;
};

}  // namespace ovserve
