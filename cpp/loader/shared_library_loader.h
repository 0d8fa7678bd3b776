#pragma once

#include <memory>
#include <string>

#include "loader/loader.h"

namespace ovserve {

/// Makes loaders out of shared libraries that follow the C++ loader ABI (customloaderinterface.hpp).
/// Every create gives a new object, also for a library that is open already.
class SharedLibraryLoaderFactory final : public LoaderFactory {
 public:
  /// The file with links resolved; its absolute path where it does not exist; a name without a
  /// slash, which the dynamic linker looks for, as it is.
  std::string library_key(const LoaderConfig& config) const override;

  std::unique_ptr<Loader> create(const LoaderConfig& config) override;
};

}  // namespace ovserve
