#pragma once

#include <memory>
#include <string>

#include "loader/loader.h"
#include "loader/shared_library_loader.h"

namespace ovserve {

/// Makes loaders of every kind: library_path says whether it is a class in Python (loader_path.h) or a
/// shared library. Called without the GIL.
class AnyLoaderFactory final : public LoaderFactory {
 public:
  /// For Python the file with links resolved, or the module's name: loaders of one file or module share
  /// one thread, whatever their class.
  std::string library_key(const LoaderConfig& config) const override;

  /// A loader in Python has no host: it logs through Python's logging.
  std::unique_ptr<Loader> create(const LoaderConfig& config, std::shared_ptr<LoaderHost> host) override;

 private:
  SharedLibraryLoaderFactory shared_libraries_;
};

}  // namespace ovserve
