#include "bindings/loader_factory.h"

#include <utility>

#include "bindings/loader_path.h"
#include "bindings/python_loader.h"

namespace ovserve {

std::string AnyLoaderFactory::library_key(const LoaderConfig& config) const {
  const auto python = python_loader_path(config.library_path);
  if (!python) return shared_libraries_.library_key(config);
  if (!python->is_file) return "Python module " + python->source;
  LoaderConfig file = config;
  file.library_path = python->source;
  return shared_libraries_.library_key(file);
}

std::unique_ptr<Loader> AnyLoaderFactory::create(const LoaderConfig& config, std::shared_ptr<LoaderHost> host) {
  if (python_loader_path(config.library_path)) return std::make_unique<PythonLoader>(config);
  return shared_libraries_.create(config, std::move(host));
}

}  // namespace ovserve
