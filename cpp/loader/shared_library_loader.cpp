#include "loader/shared_library_loader.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/printable_text.h"
#include "customloaderinterface.hpp"
#include "loader/c_loader_adapter.h"
#include "loader/custom_loader_adapter.h"
#include "loader/loader_call.h"
#include "loader/shared_library.h"

namespace ovserve {
namespace {

constexpr const char* kFactory = "createCustomLoader";

std::shared_ptr<const SharedLibrary> open_library(const LoaderConfig& config) {
  try {
    return SharedLibrary::open(config.library_path, {LoaderFunction{kFactory, true}, LoaderFunction{kCLoaderEntry}});
  } catch (const Error& error) {
    throw Error(error.code(), "custom loader \"" + printable_text(config.name) + "\": " + error.what());
  }
}

// Messages about making a loader name its library as well.
LoaderCall call_about(const LoaderConfig& config, const std::string& function) {
  return {config.name, function + " of library \"" + printable_text(config.library_path) + "\""};
}

CustomLoaderObject make_object(const LoaderConfig& config, const std::shared_ptr<const SharedLibrary>& library) {
  auto* factory = library->find<ovms::createCustomLoader_t>(kFactory);
  CustomLoaderDeleter deleter(config.name, library);
  const LoaderCall call = call_about(config, kFactory);
  CustomLoaderObject object(call.run([&] { return factory(); }), std::move(deleter));
  if (object == nullptr) call.fail(" returned null");
  return object;
}

}  // namespace

std::string SharedLibraryLoaderFactory::library_key(const LoaderConfig& config) const {
  const std::string& written = config.library_path;
  if (written.find('/') == std::string::npos) return written;
  std::error_code error;
  const auto real = std::filesystem::canonical(written, error);
  if (!error) return real.string();
  const auto absolute = std::filesystem::absolute(written, error);
  return error ? written : absolute.lexically_normal().string();
}

std::unique_ptr<Loader> SharedLibraryLoaderFactory::create(const LoaderConfig& config,
                                                           std::shared_ptr<LoaderHost> host) {
  const auto library = open_library(config);
  if (library->find<void()>(kCLoaderEntry) != nullptr) {
    return std::make_unique<CLoaderAdapter>(config, library, std::move(host));
  }
  CustomLoaderObject object = make_object(config, library);
  const LoaderCall call = call_about(config, "loaderInit");
  call.expect_ok(call.run([&] { return object->loaderInit(config.config_file); }));
  return std::make_unique<CustomLoaderAdapter>(config.name, std::move(object));
}

}  // namespace ovserve
