#include "loader/c_loader_adapter.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>
#include <utility>

#include "base/log.h"
#include "base/printable_text.h"
#include "loader/loader_call.h"

namespace ovserve {
namespace {

/// Room for a loader's own words about a failure.
class Message {
 public:
  char* room() noexcept { return bytes_.data(); }
  std::uint64_t size() const noexcept { return bytes_.size(); }

  /// ": " and the words, or nothing.
  std::string text() const {
    const std::string words = bounded_text(bytes_.data(), bytes_.size());
    return words.empty() ? "" : ": " + words;
  }

 private:
  std::array<char, 1024> bytes_{};
};

/// Whether a table reaches as far as its last required function, deinit.
constexpr std::uint64_t kSmallestTable = offsetof(ovserve_loader_api, deinit) + sizeof(ovserve_loader_api::deinit);

std::string to_text(ovserve_status status) {
  if (status < OVSERVE_OK || status > OVSERVE_INTERNAL_ERROR) {
    return std::to_string(status) + ", which is no ovserve_status";
  }
  return to_string(static_cast<ovms::CustomLoaderStatus>(status));
}

LoaderCall call_about(const LoaderConfig& config, const std::string& function) {
  return {config.name, function + " of library \"" + printable_text(config.library_path) + "\""};
}

void expect_ok(const LoaderCall& call, ovserve_status status, const Message& message) {
  if (status != OVSERVE_OK) call.fail(" returned " + to_text(status) + message.text());
}

const char* c_text(const LoaderCall& call, const std::string& text, const char* what) {
  if (text.find('\0') != std::string::npos) {
    call.fail(std::string(" was not called: ") + what + " holds a zero byte, which text in C cannot");
  }
  return text.c_str();
}

void release(const LoaderCall& call, const ovserve_buffer& buffer) noexcept {
  try {
    call.run([&] { buffer.release(buffer.context, buffer.data, buffer.size); });
  } catch (const Error& error) {
    log(LogLevel::kError, "ovserve.loader", error.what());
  }
}

/// Takes a buffer over: from here on its release is called when the last copy of the result goes.
Buffer adopt(const LoaderCall& call, const ovserve_buffer& buffer) {
  const auto* const data = static_cast<const std::uint8_t*>(buffer.data);
  if (buffer.release == nullptr) return {data, static_cast<std::size_t>(buffer.size), nullptr};
  return {data, static_cast<std::size_t>(buffer.size),
          std::shared_ptr<const void>(buffer.data, [call, buffer](const void*) { release(call, buffer); })};
}

struct HandedOver {
  Buffer model;
  Buffer weights;
};

HandedOver adopt(const std::string& loader, const LoadRequest& request, const ovserve_model& model) {
  const auto call = LoaderCall(loader, "release").for_model(request.model_name).for_version(request.version);
  HandedOver result;
  // If there is no memory for the first owner, its buffer is released and the second is still to come.
  try {
    result.model = adopt(call, model.model);
  } catch (...) {
    adopt(call, model.weights);
    throw;
  }
  result.weights = adopt(call, model.weights);
  return result;
}

void check(const LoaderCall& call, const char* what, const Buffer& buffer) {
  const std::string begin = std::string(" handed over ") + what;
  if (buffer.data == nullptr && buffer.size != 0) {
    call.fail(begin + " of " + std::to_string(buffer.size) + " bytes at a null pointer");
  }
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::ptrdiff_t>::max());
  if (buffer.size > kMost - std::min(kMost, reinterpret_cast<std::uintptr_t>(buffer.data))) {
    call.fail(begin + " of " + std::to_string(buffer.size) + " bytes, which no memory has");
  }
}

ModelKind kind_of(const LoaderCall& call, ovserve_status status, const Message& message) {
  switch (status) {
    case OVSERVE_MODEL_TYPE_IR:
      return ModelKind::kIr;
    case OVSERVE_MODEL_TYPE_ONNX:
      return ModelKind::kOnnx;
    case OVSERVE_MODEL_TYPE_BLOB:
      return ModelKind::kBlob;
    case OVSERVE_MODEL_BLACKLISTED: {
      const std::string words = message.text();
      call.fail(" returned " + to_text(status) + (words.empty() ? ": the loader does not allow it at present" : words),
                ErrorCode::kFailedPrecondition);
    }
    case OVSERVE_OK:
      call.fail(
          " returned OK (0), which does not say what it loaded: it must return OVSERVE_MODEL_TYPE_IR, "
          "OVSERVE_MODEL_TYPE_ONNX or OVSERVE_MODEL_TYPE_BLOB");
    default:
      call.fail(" returned " + to_text(status) + message.text());
  }
}

/// The library's table as far as this server knows it, checked.
ovserve_loader_api table_of(const LoaderConfig& config, const SharedLibrary& library) {
  auto* entry = library.find<decltype(ovserve_loader_v1)>(kCLoaderEntry);
  const LoaderCall call = call_about(config, kCLoaderEntry);
  Message message;
  const ovserve_loader_api* const given =
      call.run([&] { return entry(&c_host_api(), message.room(), message.size()); });
  if (given == nullptr) {
    const std::string words = message.text();
    call.fail(words.empty() ? " returned null without a reason" : " refused this server" + words);
  }
  if (given->struct_size < kSmallestTable) {
    call.fail(" returned a table whose struct_size is " + std::to_string(given->struct_size) + ", too small for its " +
              std::to_string(kSmallestTable) + " bytes: set it to sizeof(ovserve_loader_api)");
  }
  if (given->abi_version == 0 || given->abi_version > c_host_api().abi_version) {
    call.fail(" returned a table with abi_version " + std::to_string(given->abi_version) +
              "; this server knows revisions 1 to " + std::to_string(OVSERVE_LOADER_ABI_VERSION) +
              ": set it to OVSERVE_LOADER_ABI_VERSION, or build the library with the header of this server");
  }
  const std::pair<const char*, bool> required[] = {
      {"init", given->init != nullptr}, {"load", given->load != nullptr}, {"deinit", given->deinit != nullptr}};
  for (const auto& [function, present] : required) {
    if (!present) call.fail(std::string(" returned a table without the function ") + function);
  }
  ovserve_loader_api table = {};
  std::memcpy(&table, given, std::min<std::uint64_t>(given->struct_size, sizeof table));
  return table;
}

}  // namespace

CLoaderAdapter::CLoaderAdapter(const LoaderConfig& config, const std::shared_ptr<const SharedLibrary>& library,
                               std::shared_ptr<LoaderHost> host)
    : name_(config.name), registration_(std::move(host)), api_(table_of(config, *library)) {
  const LoaderCall call = call_about(config, "init");
  const char* const config_file = c_text(call, config.config_file, "loader_config_file");
  const CCallRegistration number(registration_, "", 0);
  Message message;
  const ovserve_status status = call.run([&] {
    return api_.init(registration_.id(), number.id(), config_file, &loader_, message.room(), message.size());
  });
  expect_ok(call, status, message);
  deinitialised_ = false;
}

CLoaderAdapter::~CLoaderAdapter() {
  try {
    deinit();
  } catch (const Error& error) {
    log(LogLevel::kError, "ovserve.loader", error.what());
  }
}

ModelBuffers CLoaderAdapter::load(const LoadRequest& request) {
  const auto call = LoaderCall(name_, "load").for_model(request.model_name).for_version(request.version);
  const ovserve_load_request asked = {sizeof asked, c_text(call, request.model_name, "the model's name"),
                                      c_text(call, request.base_path, "base_path"), request.version,
                                      c_text(call, request.options, "custom_loader_options")};
  ovserve_model model = {};
  model.struct_size = sizeof model;
  const CCallRegistration number(registration_, request.model_name, request.version);
  Message message;
  ovserve_status status = OVSERVE_INTERNAL_ERROR;
  try {
    status = call.run([&] { return api_.load(loader_, number.id(), &asked, &model, message.room(), message.size()); });
  } catch (const Error&) {
    adopt(name_, request, model);  // what was handed over before the exception goes back
    throw;
  }
  HandedOver buffers = adopt(name_, request, model);
  const ModelKind kind = kind_of(call, status, message);
  check(call, "a model", buffers.model);
  if (buffers.model.size == 0) call.fail(" returned " + to_text(status) + ", but left the model empty");
  if (kind != ModelKind::kIr) return {kind, std::move(buffers.model), {}};
  check(call, "weights", buffers.weights);
  return {kind, std::move(buffers.model), std::move(buffers.weights)};
}

BlacklistStatus CLoaderAdapter::blacklist_status(const std::string& model_name, std::int64_t version) {
  if (api_.blacklist_status == nullptr) return BlacklistStatus::kAllowed;
  const auto call = LoaderCall(name_, "blacklist_status").for_model(model_name).for_version(version);
  const char* const name = c_text(call, model_name, "the model's name");
  const CCallRegistration number(registration_, model_name, version);
  Message message;
  const ovserve_status status = call.run(
      [&] { return api_.blacklist_status(loader_, number.id(), name, version, message.room(), message.size()); });
  // What is an exception in the C++ interface: the question failed.
  if (status == OVSERVE_INTERNAL_ERROR) call.fail(" returned " + to_text(status) + message.text());
  return status == OVSERVE_OK ? BlacklistStatus::kAllowed : BlacklistStatus::kBlacklisted;
}

void CLoaderAdapter::unload(const std::string& model_name, std::int64_t version) {
  if (api_.unload == nullptr) return;
  const auto call = LoaderCall(name_, "unload").for_model(model_name).for_version(version);
  const char* const name = c_text(call, model_name, "the model's name");
  const CCallRegistration number(registration_, model_name, version);
  Message message;
  const ovserve_status status =
      call.run([&] { return api_.unload(loader_, number.id(), name, version, message.room(), message.size()); });
  expect_ok(call, status, message);
}

void CLoaderAdapter::retire(const std::string& model_name) {
  if (api_.retire == nullptr) return;
  const auto call = LoaderCall(name_, "retire").for_model(model_name);
  const char* const name = c_text(call, model_name, "the model's name");
  const CCallRegistration number(registration_, model_name, 0);
  Message message;
  const ovserve_status status =
      call.run([&] { return api_.retire(loader_, number.id(), name, message.room(), message.size()); });
  expect_ok(call, status, message);
}

void CLoaderAdapter::deinit() {
  if (std::exchange(deinitialised_, true)) return;
  const LoaderCall call(name_, "deinit");
  const CCallRegistration number(registration_, "", 0);
  Message message;
  const ovserve_status status =
      call.run([&] { return api_.deinit(loader_, number.id(), message.room(), message.size()); });
  expect_ok(call, status, message);
}

}  // namespace ovserve
