#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The interface between the model server and a custom loader: a shared library that hands models
/// to the server from memory (decrypted, downloaded, licensed, generated) and may take them out of
/// service again while the server runs.
///
/// A loader is one class derived from ovms::CustomLoaderInterface and one exported C function:
///
///     class MyLoader : public ovms::CustomLoaderInterface { ... };
///
///     extern "C" ovms::CustomLoaderInterface* createCustomLoader() { return new MyLoader; }
///
/// Build it with g++ as C++17 or later and with libstdc++'s default string ABI (never define
/// _GLIBCXX_USE_CXX11_ABI=0): std::string and std::vector cross this border.
///
///     g++ -std=c++17 -O2 -fPIC -shared $(ovserve --includes) my_loader.cpp -o libmyloader.so
///
/// This file is a binary interface. The order of the functions, their parameters and the numbers of
/// the enum never change, and the class never gets data members.
///
/// When the server calls what:
///
///     the configuration names a loader   createCustomLoader, loaderInit        once per loader_name
///     a model version is wanted          loadModel; if it failed: unloadModel, and again later
///     every poll cycle                   getModelBlacklistStatus of each version it was asked to load
///     a version leaves                   its requests finish, then unloadModel
///     a model leaves                     retireModel, then unloadModel for each of its versions
///     the loader leaves, or a stop       the same for all its models, then loaderDeInit, then the
///                                        object is destroyed
///
/// Calls into one library never overlap here; OpenVINO Model Server may make them from several
/// threads at once, so guard your state if the library is to work there too. Any function may throw:
/// the server catches it, reports the exception's text and goes on. (Constructors of static objects
/// must not: nothing can catch that.) A call that does not return holds up the other calls into the
/// same library, and nothing else. The library itself is never unloaded, so threads and static
/// state of it may live until the process ends.
namespace ovms {

/// What a loader answers. Other numbers count as failures.
enum class CustomLoaderStatus : int {
  OK = 0,                 ///< success; not an answer of loadModel, which says what it loaded
  MODEL_TYPE_IR = 1,      ///< loadModel: OpenVINO IR, its XML in modelBuffer, its .bin in weights
  MODEL_TYPE_ONNX = 2,    ///< loadModel: an ONNX file in modelBuffer, complete in itself; weights unused
  MODEL_TYPE_BLOB = 3,    ///< loadModel: a model compiled and exported by OpenVINO in modelBuffer; weights unused
  MODEL_LOAD_ERROR = 4,   ///< the model could not be loaded
  MODEL_BLACKLISTED = 5,  ///< the version must not be served at present
  INTERNAL_ERROR = 6      ///< anything else went wrong
};

/// Base class of all custom loaders.
class CustomLoaderInterface {
 public:
  CustomLoaderInterface() {}
  virtual ~CustomLoaderInterface() {}

  /// Called once, before everything else.
  ///
  /// loaderConfigFile is "loader_config_file" of the server's configuration exactly as written
  /// there, so a relative path is relative to the server's working directory; empty if not given.
  /// Any answer but OK, and any exception, means that the loader is not used.
  virtual CustomLoaderStatus loaderInit(const std::string& loaderConfigFile) = 0;

  /// Loads one version of a model into the two buffers and answers with the model's type.
  ///
  /// modelName and basePath are "name" and "base_path" of the model's configuration (a relative
  /// base_path arrives resolved against the folder of the configuration file); by convention the
  /// files of the version lie in basePath + "/" + version. loaderOptions is the whole object
  /// "custom_loader_options" as compact JSON, "loader_name" included.
  ///
  /// modelBuffer and weights arrive empty. The server takes their memory over without a copy, so
  /// fill them as they should stay: reserve or resize once instead of growing step by step.
  /// For every call there is exactly one unloadModel, also when it failed.
  virtual CustomLoaderStatus loadModel(const std::string& modelName, const std::string& basePath, const int version,
                                       const std::string& loaderOptions, std::vector<std::uint8_t>& modelBuffer,
                                       std::vector<std::uint8_t>& weights) = 0;

  /// Whether a version may be served: OK if so; any other answer takes it out of service, and a
  /// later OK brings it back through loadModel.
  ///
  /// Asked for every version that loadModel was ever called for, in every poll cycle, so it should
  /// answer from memory: look at files or licence servers in a thread of your own.
  virtual CustomLoaderStatus getModelBlacklistStatus(const std::string& /*modelName*/, const int /*version*/) {
    return CustomLoaderStatus::OK;
  }

  /// The server holds nothing of this version any more, the buffers included.
  virtual CustomLoaderStatus unloadModel(const std::string& modelName, const int version) = 0;

  /// The model leaves the server with all its versions; the unloadModel calls follow.
  virtual CustomLoaderStatus retireModel(const std::string& modelName) = 0;

  /// The last call before the object is destroyed. Stop your threads here.
  virtual CustomLoaderStatus loaderDeInit() = 0;
};

/// Type of the function `createCustomLoader`, which the library must export with C linkage. Called
/// once per loader_name, so it must return a new object each time; the server owns the object.
typedef CustomLoaderInterface* createCustomLoader_t();

/// Type of the function `destroyCustomLoader`, which the library may export with C linkage. If it
/// does, objects are given back to it; otherwise they are deleted through their virtual destructor.
typedef void destroyCustomLoader_t(CustomLoaderInterface*);

}  // namespace ovms
