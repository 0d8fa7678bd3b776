// The sample custom loader: reads a model from its version directory, and lets a status file beside it
// switch the model off and on while the server runs. Copy it and change loadModel to what you need:
// decrypt, ask a licence server, fetch from elsewhere.

#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "customloaderinterface.hpp"
#include "loader_options.h"
#include "status_watcher.h"

namespace {

using ovms::CustomLoaderStatus;

/// Fills `buffer` with the whole file: one allocation and one read, as fits files of gigabytes.
/// (vector::resize zeroes the memory first. Reading in pieces avoids that but copies every byte once
/// more, and is no faster.)
void read_file(const std::filesystem::path& path, std::vector<uint8_t>& buffer) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) throw LoaderError("cannot read " + path.string() + ": " + error.message());
  std::ifstream file(path, std::ios::binary);
  buffer.resize(size);
  if (size > 0 && !file.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(size))) {
    throw LoaderError("cannot read all of " + path.string());
  }
}

/// What the file's extension says it is.
CustomLoaderStatus kind_of(const std::string& model_file) {
  const std::string extension = std::filesystem::path(model_file).extension().string();
  if (extension == ".xml") return CustomLoaderStatus::MODEL_TYPE_IR;
  if (extension == ".onnx") return CustomLoaderStatus::MODEL_TYPE_ONNX;
  if (extension == ".blob") return CustomLoaderStatus::MODEL_TYPE_BLOB;
  throw LoaderError("\"" + model_file + "\" must end in .xml, .onnx or .blob");
}

class SampleCustomLoader : public ovms::CustomLoaderInterface {
 public:
  /// Once, before anything else. The server passes `loader_config_file` as its own configuration has it.
  CustomLoaderStatus loaderInit(const std::string& loaderConfigFile) override try {
    watcher_.start(read_settings(loaderConfigFile));
    return CustomLoaderStatus::OK;
  } catch (const std::exception& error) {
    std::cerr << std::string("sampleloader: ") + error.what() + "\n";
    return CustomLoaderStatus::INTERNAL_ERROR;
  }

  /// Fills the two buffers and says what is in them. The server calls unloadModel once for every call,
  /// also when it failed.
  CustomLoaderStatus loadModel(const std::string& modelName, const std::string& basePath, const int version,
                               const std::string& loaderOptions, std::vector<uint8_t>& modelBuffer,
                               std::vector<uint8_t>& weights) override try {
    const ModelOptions options = parse_model_options(loaderOptions);
    const std::filesystem::path directory = std::filesystem::path(basePath) / std::to_string(version);
    const auto status_file = options.enable_file.empty() ? std::filesystem::path() : directory / options.enable_file;
    // Watched from here on even when refused: the server keeps asking, and hears when it may come back.
    if (watcher_.watch(modelName, version, status_file)) return CustomLoaderStatus::MODEL_BLACKLISTED;

    const CustomLoaderStatus kind = kind_of(options.model_file);
    if (kind == CustomLoaderStatus::MODEL_TYPE_IR) {
      if (options.bin_file.empty()) {
        throw LoaderError("\"bin_file\" is missing: name the weights that belong to " + options.model_file);
      }
      read_file(directory / options.bin_file, weights);
    }
    read_file(directory / options.model_file, modelBuffer);
    return kind;
  } catch (const std::exception& error) {
    std::cerr << "sampleloader: model \"" + modelName + "\" version " + std::to_string(version) + ": " + error.what() +
                     "\n";
    return CustomLoaderStatus::MODEL_LOAD_ERROR;
  }

  /// Asked every poll cycle about every version that was ever loaded or refused. Answer at once.
  CustomLoaderStatus getModelBlacklistStatus(const std::string& modelName, const int version) override {
    return watcher_.is_blacklisted(modelName, version) ? CustomLoaderStatus::MODEL_BLACKLISTED : CustomLoaderStatus::OK;
  }

  /// The server has dropped the version. The watch goes on: an unloaded version may be one that is
  /// switched off, and the server must hear that it still is.
  CustomLoaderStatus unloadModel(const std::string&, const int) override { return CustomLoaderStatus::OK; }

  /// The whole model has left the server's configuration.
  CustomLoaderStatus retireModel(const std::string& modelName) override {
    watcher_.forget(modelName);
    return CustomLoaderStatus::OK;
  }

  /// The last call. Not every server makes it, so that the destructor must do as much.
  CustomLoaderStatus loaderDeInit() override {
    watcher_.stop();
    return CustomLoaderStatus::OK;
  }

 private:
  StatusWatcher watcher_;
};

}  // namespace

/// The one symbol a server looks for. The server owns the object and deletes it.
extern "C" __attribute__((visibility("default"))) ovms::CustomLoaderInterface* createCustomLoader() {
  return new SampleCustomLoader();
}
