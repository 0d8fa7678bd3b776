// The loader interface once more, put down from the facts about it (order of the virtual functions,
// their parameters, the numbers of the enum) without a look at the header that ships. Libraries and
// hosts compiled with this file stand for those that exist in the world. Never include both.
#ifndef INDEPENDENT_CUSTOM_LOADER_INTERFACE
#define INDEPENDENT_CUSTOM_LOADER_INTERFACE

#include <string>
#include <vector>

namespace ovms {

enum class CustomLoaderStatus {
  OK,
  MODEL_TYPE_IR,
  MODEL_TYPE_ONNX,
  MODEL_TYPE_BLOB,
  MODEL_LOAD_ERROR,
  MODEL_BLACKLISTED,
  INTERNAL_ERROR
};

using Bytes = std::vector<uint8_t>;
using Text = std::string;

class CustomLoaderInterface {
 public:
  CustomLoaderInterface() = default;
  virtual ~CustomLoaderInterface() = default;

  virtual CustomLoaderStatus loaderInit(const Text& file) = 0;
  virtual CustomLoaderStatus loadModel(const Text& model, const Text& folder, const int number, const Text& json,
                                       Bytes& first, Bytes& second) = 0;
  virtual CustomLoaderStatus getModelBlacklistStatus(const Text&, const int) { return CustomLoaderStatus::OK; }
  virtual CustomLoaderStatus unloadModel(const Text& model, const int number) = 0;
  virtual CustomLoaderStatus retireModel(const Text& model) = 0;
  virtual CustomLoaderStatus loaderDeInit() = 0;
};

typedef CustomLoaderInterface* createCustomLoader_t();

}  // namespace ovms

#endif
