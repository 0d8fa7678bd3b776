// A loader with one fault at a time: loader_config_file names that of init and of the end, the option "fault" that of
// the rest, the environment that of the factory. Macros make what is wrong before any code runs.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "customloaderinterface.hpp"

#ifdef UNDEFINED
extern "C" int nobody_defines_this(int);
#endif
#ifdef NEEDED
extern "C" int of_the_needed_library();
#endif

namespace {

using ovms::CustomLoaderStatus;
using Bytes = std::vector<std::uint8_t>;

Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error("cannot open " + path);
  Bytes bytes(file.tellg());
  file.seekg(0).read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void write_file(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

[[noreturn]] void hang() {
  for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
}

class BrokenLoader : public ovms::CustomLoaderInterface {
 public:
  CustomLoaderStatus loaderInit(const std::string& config) override {
    config_ = config;
    if (config == "init-throws") throw std::runtime_error("no licence server");
    if (config == "init-fails") return CustomLoaderStatus::INTERNAL_ERROR;
    if (config == "init-crashes") std::abort();
    if (config == "thread") std::thread(hang).detach();
    return CustomLoaderStatus::OK;
  }

  CustomLoaderStatus loadModel(const std::string&, const std::string& base_path, const int version,
                               const std::string& options, Bytes& model, Bytes& weights) override {
    const std::string key = "\"fault\":\"";
    const auto at = options.find(key);
    const auto begin = at + key.size();
    fault_ = at == std::string::npos ? "" : options.substr(begin, options.find('"', begin) - begin);
    ++loads_;
    if (is("load-throws")) throw std::runtime_error("the key is missing");
    if (is("load-blacklisted")) return CustomLoaderStatus::MODEL_BLACKLISTED;
    if (is("load-crashes")) *static_cast<volatile int*>(nullptr) = 1;
    if (is("load-exits")) _exit(3);
    if (is("load-exits-well")) std::exit(0);
    if (is("load-hangs")) hang();
    if (is("second-load-fails") && loads_ > 1) return CustomLoaderStatus::MODEL_LOAD_ERROR;
    const std::string folder = base_path + "/" + std::to_string(version);
    model = read_file(folder + "/model.xml");
    weights = read_file(folder + "/model.bin");
    if (is("says-ok")) return CustomLoaderStatus::OK;
    if (is("empty")) model.clear();
    if (is("garbage")) model.assign(100, 'x');
    if (is("leaks-memory")) leaked_.push_back(new Bytes(weights));
    if (is("leaks-descriptor")) static_cast<void>(fopen((folder + "/model.bin").c_str(), "rb"));
    if (is("leaks-process") && fork() == 0) hang();
    // Under names of its own: a second run would otherwise write what was there before.
    plain_ = std::string(std::getenv("TMPDIR")) + "/plain-" + std::to_string(getpid());
    if (is("writes-and-keeps") || is("writes-and-removes")) write_file(plain_, weights);
    return CustomLoaderStatus::MODEL_TYPE_IR;
  }

  CustomLoaderStatus getModelBlacklistStatus(const std::string&, const int) override {
    if (is("blacklist-throws")) throw std::runtime_error("licence server is down");
    if (is("blacklist-slow")) std::this_thread::sleep_for(std::chrono::milliseconds(700));
    return is("blacklists") ? CustomLoaderStatus::MODEL_BLACKLISTED : CustomLoaderStatus::OK;
  }

  CustomLoaderStatus unloadModel(const std::string&, const int) override {
    if (is("writes-and-removes")) unlink(plain_.c_str());
    return is("unload-fails") ? CustomLoaderStatus::INTERNAL_ERROR : CustomLoaderStatus::OK;
  }

  CustomLoaderStatus retireModel(const std::string&) override {
    return is("retire-fails") ? CustomLoaderStatus::INTERNAL_ERROR : CustomLoaderStatus::OK;
  }

  CustomLoaderStatus loaderDeInit() override {
    if (config_ == "deinit-throws") throw std::runtime_error("still busy");
    if (config_ == "crashes-at-exit") std::atexit([] { std::abort(); });
    return CustomLoaderStatus::OK;
  }

 private:
  bool is(const char* fault) const { return fault_ == fault; }

  std::string config_;
  std::string fault_;
  std::string plain_;
  std::vector<Bytes*> leaked_;
  int loads_ = 0;
};

}  // namespace

#ifdef NO_FACTORY
ovms::CustomLoaderInterface* createCustomLoader() { return new BrokenLoader; }
#else
extern "C" ovms::CustomLoaderInterface* createCustomLoader() {
  const char* fault = std::getenv("BROKEN_LOADER_FACTORY");
  if (fault != nullptr && std::string(fault) == "null") return nullptr;
  if (fault != nullptr) throw std::runtime_error("cannot be made");
#ifdef UNDEFINED
  nobody_defines_this(1);
#endif
#ifdef NEEDED
  of_the_needed_library();
#endif
  return new BrokenLoader;
}
#endif
