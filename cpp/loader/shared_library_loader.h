#pragma once

#include <memory>
#include <string>

#include "loader/loader.h"

namespace ovserve {

/// Makes loaders out of shared libraries: those that export ovserve_loader_v1 follow the C loader ABI
/// (ovserve/c_loader.h), all others the C++ one (customloaderinterface.hpp). A library with both is used through the C
/// one, which can do more; the other is there for servers that do not know it.
/// Every create gives a new object, also for a library that is open already.
class SharedLibraryLoaderFactory final : public LoaderFactory {
 public:
  /// The file with links resolved; its absolute path where it does not exist; a name without a
  /// slash, which the dynamic linker looks for, as it is.
  std::string library_key(const LoaderConfig& config) const override;

  std::unique_ptr<Loader> create(const LoaderConfig& config, std::shared_ptr<LoaderHost> host) override;
};

}  // namespace ovserve
