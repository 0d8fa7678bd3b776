#include "loader/custom_loader_adapter.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "base/log.h"
#include "loader/loader_call.h"

namespace ovserve {
namespace {

using ovms::CustomLoaderStatus;

int version_for_abi(const LoaderCall& call, std::int64_t version) {
  using Limits = std::numeric_limits<int>;
  if (version < Limits::min() || version > Limits::max()) {
    call.fail(" was not called: the loader interface takes versions up to " + std::to_string(Limits::max()));
  }
  return static_cast<int>(version);
}

Buffer adopt(std::vector<std::uint8_t>&& bytes) {
  const auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  return {owner->data(), owner->size(), owner};
}

ModelKind kind_of(const LoaderCall& call, CustomLoaderStatus status) {
  switch (status) {
    case CustomLoaderStatus::MODEL_TYPE_IR:
      return ModelKind::kIr;
    case CustomLoaderStatus::MODEL_TYPE_ONNX:
      return ModelKind::kOnnx;
    case CustomLoaderStatus::MODEL_TYPE_BLOB:
      return ModelKind::kBlob;
    case CustomLoaderStatus::MODEL_BLACKLISTED:
      call.fail(" returned " + to_string(status) + ": the loader does not allow it at present",
                ErrorCode::kFailedPrecondition);
    case CustomLoaderStatus::OK:
      call.fail(
          " returned OK (0), which does not say what it loaded: it must return MODEL_TYPE_IR, "
          "MODEL_TYPE_ONNX or MODEL_TYPE_BLOB");
    case CustomLoaderStatus::MODEL_LOAD_ERROR:
    case CustomLoaderStatus::INTERNAL_ERROR:
      break;
  }
  call.fail(" returned " + to_string(status));
}

}  // namespace

CustomLoaderDeleter::CustomLoaderDeleter(std::string loader_name, std::shared_ptr<const SharedLibrary> library)
    : loader_name_(std::move(loader_name)),
      library_(std::move(library)),
      destroy_(library_->find<ovms::destroyCustomLoader_t>("destroyCustomLoader")) {}

void CustomLoaderDeleter::operator()(ovms::CustomLoaderInterface* object) const noexcept {
  if (destroy_ == nullptr) {
    delete object;
    return;
  }
  try {
    LoaderCall(loader_name_, "destroyCustomLoader").run([&] { destroy_(object); });
  } catch (const Error& error) {
    log(LogLevel::kError, "ovserve.loader", error.what());
  }
}

CustomLoaderAdapter::CustomLoaderAdapter(std::string name, CustomLoaderObject object)
    : name_(std::move(name)), object_(std::move(object)) {}

ModelBuffers CustomLoaderAdapter::load(const LoadRequest& request) {
  const LoaderCall call = LoaderCall(name_, "loadModel").for_model(request.model_name).for_version(request.version);
  const int version = version_for_abi(call, request.version);
  std::vector<std::uint8_t> model;
  std::vector<std::uint8_t> weights;
  const CustomLoaderStatus status = call.run([&] {
    return object_->loadModel(request.model_name, request.base_path, version, request.options, model, weights);
  });
  const ModelKind kind = kind_of(call, status);
  if (model.empty()) call.fail(" returned " + to_string(status) + ", but left modelBuffer empty");
  ModelBuffers buffers{kind, adopt(std::move(model)), {}};
  if (kind == ModelKind::kIr) buffers.weights = adopt(std::move(weights));
  return buffers;
}

BlacklistStatus CustomLoaderAdapter::blacklist_status(const std::string& model_name, std::int64_t version) {
  const LoaderCall call = LoaderCall(name_, "getModelBlacklistStatus").for_model(model_name).for_version(version);
  const int abi_version = version_for_abi(call, version);
  const CustomLoaderStatus status = call.run([&] { return object_->getModelBlacklistStatus(model_name, abi_version); });
  return status == CustomLoaderStatus::OK ? BlacklistStatus::kAllowed : BlacklistStatus::kBlacklisted;
}

void CustomLoaderAdapter::unload(const std::string& model_name, std::int64_t version) {
  const LoaderCall call = LoaderCall(name_, "unloadModel").for_model(model_name).for_version(version);
  const int abi_version = version_for_abi(call, version);
  call.expect_ok(call.run([&] { return object_->unloadModel(model_name, abi_version); }));
}

void CustomLoaderAdapter::retire(const std::string& model_name) {
  const LoaderCall call = LoaderCall(name_, "retireModel").for_model(model_name);
  call.expect_ok(call.run([&] { return object_->retireModel(model_name); }));
}

void CustomLoaderAdapter::deinit() {
  const LoaderCall call(name_, "loaderDeInit");
  call.expect_ok(call.run([&] { return object_->loaderDeInit(); }));
}

}  // namespace ovserve
