// A host compiled against the independent header, standing for another model server: drives a
// library compiled against the header that ships. Calls every function once and reports the answers.

#include <dlfcn.h>

#include <cstdio>
#include <string>

#include "customloaderinterface.hpp"

extern "C" int drive_loader(const char* library, const char* init, const char* folder, const char* options,
                            char* report, unsigned long report_size) {
  void* handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) return 1;
  auto* create = reinterpret_cast<ovms::createCustomLoader_t*>(dlsym(handle, "createCustomLoader"));
  if (create == nullptr) return 2;
  ovms::CustomLoaderInterface* loader = create();
  ovms::Bytes first;
  ovms::Bytes second;
  const auto number = [](ovms::CustomLoaderStatus status) { return static_cast<int>(status); };
  const int inited = number(loader->loaderInit(init));
  const int loaded = number(loader->loadModel("m", folder, 7, options, first, second));
  const int listed = number(loader->getModelBlacklistStatus("m", 7));
  const int unloaded = number(loader->unloadModel("m", 7));
  const int retired = number(loader->retireModel("m"));
  const int left = number(loader->loaderDeInit());
  delete loader;
  const int written =
      std::snprintf(report, report_size, "%d %d %d %d %d %d [%s] [%s]", inited, loaded, listed, unloaded, retired, left,
                    std::string(first.begin(), first.end()).c_str(), std::string(second.begin(), second.end()).c_str());
  return written > 0 ? 0 : 3;
}
