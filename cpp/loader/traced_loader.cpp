#include "loader/traced_loader.h"

#include <cstdint>
#include <exception>
#include <utility>

namespace ovserve {
namespace {

/// One call in the trace.
class Traced {
 public:
  Traced(LoaderTrace& trace, TracedCall call) : trace_(trace), number_(trace.begin(std::move(call))) {}
  ~Traced() { trace_.end(number_, result_); }

  Traced(const Traced&) = delete;
  Traced& operator=(const Traced&) = delete;

  void set_result(std::string result) { result_ = std::move(result); }

  /// Runs the call and notes how it failed, if it did.
  template <typename Function>
  auto run(Function&& function) -> decltype(function()) {
    try {
      return std::forward<Function>(function)();
    } catch (const std::exception& error) {
      result_ = error.what();
      throw;
    }
  }

 private:
  LoaderTrace& trace_;
  const std::uint64_t number_;
  std::string result_ = "OK";
};

class TracedLoader final : public Loader {
 public:
  TracedLoader(const LoaderConfig& config, std::unique_ptr<Loader> loader, std::shared_ptr<LoaderTrace> trace)
      : name_(config.name), library_(config.library_path), loader_(std::move(loader)), trace_(std::move(trace)) {}

  ModelBuffers load(const LoadRequest& request) override {
    TracedCall call = about("loadModel", request.model_name, request.version);
    call.arguments = "base_path " + request.base_path;
    return Traced(*trace_, std::move(call)).run([&] { return loader_->load(request); });
  }

  BlacklistStatus blacklist_status(const std::string& model_name, std::int64_t version) override {
    Traced call(*trace_, about("getModelBlacklistStatus", model_name, version));
    const BlacklistStatus status = call.run([&] { return loader_->blacklist_status(model_name, version); });
    if (status == BlacklistStatus::kBlacklisted) call.set_result("MODEL_BLACKLISTED");
    return status;
  }

  void unload(const std::string& model_name, std::int64_t version) override {
    Traced(*trace_, about("unloadModel", model_name, version)).run([&] { loader_->unload(model_name, version); });
  }
  void retire(const std::string& model_name) override {
    Traced(*trace_, about("retireModel", model_name, 0)).run([&] { loader_->retire(model_name); });
  }
  void deinit() override {
    Traced(*trace_, about("loaderDeInit", "", 0)).run([&] { loader_->deinit(); });
  }

 private:
  TracedCall about(const char* function, const std::string& model, std::int64_t version) const {
    TracedCall call;
    call.loader = name_;
    call.library = library_;
    call.function = function;
    call.model = model;
    call.version = version;
    return call;
  }

  const std::string name_;
  const std::string library_;
  const std::unique_ptr<Loader> loader_;
  const std::shared_ptr<LoaderTrace> trace_;
};

}  // namespace

std::unique_ptr<Loader> TracedLoaderFactory::create(const LoaderConfig& config, std::shared_ptr<LoaderHost> host) {
  TracedCall call;
  call.loader = config.name;
  call.library = config.library_path;
  call.function = "loaderInit";
  call.arguments = config.config_file.empty() ? "" : "loader_config_file " + config.config_file;
  auto loader = Traced(*trace_, std::move(call)).run([&] { return factory_.create(config, std::move(host)); });
  return std::make_unique<TracedLoader>(config, std::move(loader), trace_);
}

}  // namespace ovserve
