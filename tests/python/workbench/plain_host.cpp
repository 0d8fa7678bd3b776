// A host of the C++ loader interface that has nothing to do with Python: loads one version of a model and
// writes what it got to two files. Arguments: library, config file, base path, options, output prefix.

#include <dlfcn.h>

#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "customloaderinterface.hpp"

namespace {

void write(const std::string& file, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

int run(char** arguments) {
  void* const library = dlopen(arguments[1], RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  auto* const create = reinterpret_cast<ovms::createCustomLoader_t*>(dlsym(library, "createCustomLoader"));
  const std::unique_ptr<ovms::CustomLoaderInterface> loader(create());
  std::cout << "init " << static_cast<int>(loader->loaderInit(arguments[2])) << std::endl;
  std::vector<std::uint8_t> model, weights;
  ovms::CustomLoaderStatus status{};
  // Hosts call from whatever thread they have.
  std::thread([&] {
    try {
      status = loader->loadModel("digits", arguments[3], 1, arguments[4], model, weights);
    } catch (const std::exception& error) {
      std::cout << "loadModel threw " << error.what() << std::endl;
    }
  }).join();
  std::cout << "load " << static_cast<int>(status) << std::endl;
  write(std::string(arguments[5]) + ".xml", model);
  write(std::string(arguments[5]) + ".bin", weights);
  std::cout << "status " << static_cast<int>(loader->getModelBlacklistStatus("digits", 1)) << std::endl;
  std::cout << "unload " << static_cast<int>(loader->unloadModel("digits", 1)) << std::endl;
  std::cout << "retire " << static_cast<int>(loader->retireModel("digits")) << std::endl;
  std::cout << "deinit " << static_cast<int>(loader->loaderDeInit()) << std::endl;
  return 0;
}

}  // namespace

int main(int, char** arguments) {
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    std::cout << "threw " << error.what() << std::endl;
    return 1;
  }
}
