#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "bindings/loader_factory.h"
#include "loader/loader.h"

namespace ovserve {

/// A loader in the hands of a script instead of a repository: the script makes
/// the calls, in any order. As in the server, calls into one library file never overlap, whatever
/// thread they come from. Thread-safe; any call may run user code for as long as that takes.
class ScriptedLoader {
 public:
  /// Opens the library, makes the loader and initialises it. Throws like LoaderFactory::create.
  explicit ScriptedLoader(const LoaderConfig& config);
  /// Says deinit first if the script did not.
  ~ScriptedLoader();

  ScriptedLoader(const ScriptedLoader&) = delete;
  ScriptedLoader& operator=(const ScriptedLoader&) = delete;

  // The functions of Loader. After deinit they throw Error(kFailedPrecondition).
  ModelBuffers load(const std::string& name, const std::string& base_path, std::int64_t version,
                    const std::string& options);
  bool blacklisted(const std::string& name, std::int64_t version);
  void unload(const std::string& name, std::int64_t version);
  void retire(const std::string& name);

  /// Tells the loader and destroys it; a second call does nothing.
  void deinit();

 private:
  Loader& loader();  // needs library_mutex_

  const std::string name_;
  AnyLoaderFactory factory_;
  std::shared_ptr<std::mutex> library_mutex_;
  std::unique_ptr<Loader> loader_;  // guarded by library_mutex_
};

}  // namespace ovserve
