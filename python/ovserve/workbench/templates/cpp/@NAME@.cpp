// A custom loader: it hands models to the server from memory.
#include <customloaderinterface.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Status = ovms::CustomLoaderStatus;

constexpr const char* kModelFile = "model.xml";
constexpr const char* kWeightsFile = "model.bin";
constexpr const char* kDisabled = "disabled";

// Decrypt here, for instance: nothing has to be plain on disk. What is thrown becomes the cause in the model's status.
std::vector<std::uint8_t> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::vector<std::uint8_t> bytes(fs::file_size(path));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return bytes;
}

// The server makes one call at a time, all from one thread.
class @CLASS@ : public ovms::CustomLoaderInterface {
 public:
  // loader_config_file of the configuration, as written there; a good place for keys and licences.
  Status loaderInit(const std::string& /*configFile*/) override { return Status::OK; }

  // `options` is custom_loader_options of the configuration as JSON.
  Status loadModel(const std::string& name, const std::string& basePath, int version, const std::string& /*options*/,
                   std::vector<std::uint8_t>& model, std::vector<std::uint8_t>& weights) override {
    const fs::path folder = fs::path(basePath) / std::to_string(version);
    folders_[{name, version}] = folder;
    if (fs::exists(folder / kDisabled)) return Status::MODEL_BLACKLISTED;
    model = read(folder / kModelFile);
    weights = read(folder / kWeightsFile);
    return Status::MODEL_TYPE_IR;
  }

  // Asked in every poll cycle, also about versions that were unloaded. Ask licence servers in a thread of your own, and
  // answer from memory.
  Status getModelBlacklistStatus(const std::string& name, int version) override {
    const auto folder = folders_.find({name, version});
    const bool disabled = folder != folders_.end() && fs::exists(folder->second / kDisabled);
    return disabled ? Status::MODEL_BLACKLISTED : Status::OK;
  }

  // The server holds nothing of the version any more.
  Status unloadModel(const std::string& /*name*/, int /*version*/) override { return Status::OK; }

  Status retireModel(const std::string& name) override {
    for (auto entry = folders_.begin(); entry != folders_.end();) {
      entry = entry->first.first == name ? folders_.erase(entry) : std::next(entry);
    }
    return Status::OK;
  }

  // Stop your threads here.
  Status loaderDeInit() override { return Status::OK; }

 private:
  std::map<std::pair<std::string, int>, fs::path> folders_;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) ovms::CustomLoaderInterface* createCustomLoader() {
  return new @CLASS@();
}

extern "C" __attribute__((visibility("default"))) void destroyCustomLoader(ovms::CustomLoaderInterface* loader) {
  delete loader;
}
