#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "loader/c_loader_host.h"
#include "loader/loader.h"
#include "loader/shared_library.h"
#include "ovserve/c_loader.h"

namespace ovserve {

/// What a library of the C interface exports.
inline constexpr const char* kCLoaderEntry = "ovserve_loader_v1";

/// The Loader behind which a library of the C loader interface (ovserve/c_loader.h) works. Not thread-safe, as Loader
/// says. Buffers are the library's own memory; each is released exactly once, whatever became of the load.
class CLoaderAdapter final : public Loader {
 public:
  /// Asks the library for its table and initialises a loader. Throws Error(kInternal) naming loader, library and
  /// reason: no table, one of another revision, one that is too small, or a loader that fails to start.
  CLoaderAdapter(const LoaderConfig& config, const std::shared_ptr<const SharedLibrary>& library,
                 std::shared_ptr<LoaderHost> host);
  /// Says deinit first if nobody did.
  ~CLoaderAdapter() override;

  CLoaderAdapter(const CLoaderAdapter&) = delete;
  CLoaderAdapter& operator=(const CLoaderAdapter&) = delete;

  ModelBuffers load(const LoadRequest& request) override;
  BlacklistStatus blacklist_status(const std::string& model_name, std::int64_t version) override;
  void unload(const std::string& model_name, std::int64_t version) override;
  void retire(const std::string& model_name) override;
  void deinit() override;

 private:
  const std::string name_;
  CHostRegistration registration_;
  ovserve_loader_api api_{};  // a copy, so that what is checked stays what is called
  void* loader_ = nullptr;
  bool deinitialised_ = true;
};

}  // namespace ovserve
