// The smallest loader there is, and libraries that are broken in one way each, chosen by the macro
// that is defined.

#include <stdexcept>

#include "customloaderinterface.hpp"

namespace {

int destroy_call_count = 0;
int destructor_call_count = 0;

}  // namespace

#ifdef UNDEFINED_FUNCTION
extern "C" int function_that_nobody_defines(int);
extern "C" int other_function_that_nobody_defines(int);
extern "C" int weak_function_that_nobody_defines(int) __attribute__((weak));
#endif
#ifdef UNDEFINED_DATA
extern "C" int data_that_nobody_defines;
#endif
#ifdef CALLS_UNDEFINED_DEPENDENCY
extern "C" int dependency(int);
#endif

class PlainLoader : public ovms::CustomLoaderInterface {
 public:
  ~PlainLoader() override { ++destructor_call_count; }

  ovms::CustomLoaderStatus loaderInit(const std::string& file) override {
    return file == "refuse" ? ovms::CustomLoaderStatus::INTERNAL_ERROR : ovms::CustomLoaderStatus::OK;
  }

  ovms::CustomLoaderStatus loadModel(const std::string& name, const std::string& base_path, const int version,
                                     const std::string& options, std::vector<std::uint8_t>& model,
                                     std::vector<std::uint8_t>& /*weights*/) override {
    const std::string text = name + "|" + base_path + "|" + std::to_string(version) + "|" + options;
    model.insert(model.end(), text.begin(), text.end());
    return ovms::CustomLoaderStatus::MODEL_TYPE_IR;
  }

  ovms::CustomLoaderStatus unloadModel(const std::string& /*name*/, const int version) override {
#ifdef UNDEFINED_FUNCTION
    if (weak_function_that_nobody_defines != nullptr) weak_function_that_nobody_defines(version);
    if (version < 0) {
      function_that_nobody_defines(version);
      other_function_that_nobody_defines(version);
    }
#elif defined UNDEFINED_DATA
    data_that_nobody_defines = version;
#elif defined CALLS_UNDEFINED_DEPENDENCY
    dependency(version);
#else
    (void)version;
#endif
    return ovms::CustomLoaderStatus::OK;
  }

  ovms::CustomLoaderStatus retireModel(const std::string& /*name*/) override { return ovms::CustomLoaderStatus::OK; }
  ovms::CustomLoaderStatus loaderDeInit() override { return ovms::CustomLoaderStatus::OK; }
};

#if defined MANGLED_FACTORY
ovms::CustomLoaderInterface* createCustomLoader() { return new PlainLoader; }
#elif defined HIDDEN_FACTORY
extern "C" __attribute__((visibility("hidden"), used)) ovms::CustomLoaderInterface* createCustomLoader() {
  return new PlainLoader;
}
#elif !defined NO_FACTORY
extern "C" ovms::CustomLoaderInterface* createCustomLoader() { return new PlainLoader; }
#endif

#ifdef EXPORTS_DESTROY
extern "C" void destroyCustomLoader(ovms::CustomLoaderInterface* loader) {
  ++destroy_call_count;
  delete loader;
#ifdef DESTROY_THROWS
  throw std::runtime_error("destroy boom");
#endif
}
#endif

extern "C" int destroy_calls() { return destroy_call_count; }
extern "C" int destructor_calls() { return destructor_call_count; }
