#pragma once

#include <memory>
#include <string>

#include "customloaderinterface.hpp"
#include "loader/loader.h"
#include "loader/shared_library.h"

namespace ovserve {

/// Gives an object of a loader library back the way its author wants it: through
/// destroyCustomLoader if the library exports it, else through the virtual destructor.
///
/// A destructor that throws ends the process (destructors are noexcept); an exception out of
/// destroyCustomLoader is logged.
class CustomLoaderDeleter {
 public:
  CustomLoaderDeleter(std::string loader_name, std::shared_ptr<const SharedLibrary> library);

  void operator()(ovms::CustomLoaderInterface* object) const noexcept;

 private:
  std::string loader_name_;
  std::shared_ptr<const SharedLibrary> library_;
  ovms::destroyCustomLoader_t* destroy_;  // null: delete
};

using CustomLoaderObject = std::unique_ptr<ovms::CustomLoaderInterface, CustomLoaderDeleter>;

/// The Loader behind which an object of the C++ loader ABI works. Not thread-safe, as Loader says.
class CustomLoaderAdapter final : public Loader {
 public:
  /// `object` is not null and initialised.
  CustomLoaderAdapter(std::string name, CustomLoaderObject object);

  /// The buffers are the library's own vectors, uncopied; each frees itself.
  ModelBuffers load(const LoadRequest& request) override;
  BlacklistStatus blacklist_status(const std::string& model_name, std::int64_t version) override;
  void unload(const std::string& model_name, std::int64_t version) override;
  void retire(const std::string& model_name) override;
  void deinit() override;

 private:
  std::string name_;
  CustomLoaderObject object_;
};

}  // namespace ovserve
