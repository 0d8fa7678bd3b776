#include "loader/loader_call.h"

#include "base/printable_text.h"

namespace ovserve {

std::string to_string(ovms::CustomLoaderStatus status) {
  const auto named = [status](const char* name) {
    return std::string(name) + " (" + std::to_string(static_cast<int>(status)) + ")";
  };
  switch (status) {
    case ovms::CustomLoaderStatus::OK:
      return named("OK");
    case ovms::CustomLoaderStatus::MODEL_TYPE_IR:
      return named("MODEL_TYPE_IR");
    case ovms::CustomLoaderStatus::MODEL_TYPE_ONNX:
      return named("MODEL_TYPE_ONNX");
    case ovms::CustomLoaderStatus::MODEL_TYPE_BLOB:
      return named("MODEL_TYPE_BLOB");
    case ovms::CustomLoaderStatus::MODEL_LOAD_ERROR:
      return named("MODEL_LOAD_ERROR");
    case ovms::CustomLoaderStatus::MODEL_BLACKLISTED:
      return named("MODEL_BLACKLISTED");
    case ovms::CustomLoaderStatus::INTERNAL_ERROR:
      return named("INTERNAL_ERROR");
  }
  return std::to_string(static_cast<int>(status)) + ", which is no CustomLoaderStatus";
}

LoaderCall& LoaderCall::for_model(const std::string& name) {
  about_ += " for model \"" + printable_text(name) + "\"";
  return *this;
}

LoaderCall& LoaderCall::for_version(std::int64_t version) {
  about_ += " version " + std::to_string(version);
  return *this;
}

void LoaderCall::expect_ok(ovms::CustomLoaderStatus status) const {
  if (status != ovms::CustomLoaderStatus::OK) fail(" returned " + to_string(status));
}

void LoaderCall::fail(const std::string& what, ErrorCode code) const {
  throw Error(code, "custom loader \"" + printable_text(loader_) + "\": " + function_ + about_ + what);
}

}  // namespace ovserve
