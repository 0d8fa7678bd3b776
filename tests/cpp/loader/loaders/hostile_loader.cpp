// A loader that behaves as it is told, well or badly, for tests of everything around loaders.
//
// Needs only customloaderinterface.hpp and the standard library. What it shall do is read from
//
//   the environment      HOSTILE_LOADER_FACTORY     behaviour of createCustomLoader; "null" too
//                        HOSTILE_LOADER_CALL_LOG    see call_log
//   loader_config_file   "key=value;key=value", or a file with such lines:
//                        init, deinit, retire, unload, blacklist, load   behaviour of that function
//                        call_log, release_file, sleep_ms                as below
//   options of a model   (a JSON object) override these for the model:
//                        behaviour (of loadModel), unload_behaviour, retire_behaviour, blacklist_behaviour
//                        model_file, bin_file   names in the version directory; model.xml, model.bin
//                        status_file            in the version directory; drives the blacklist answer:
//                                               DISABLED -> MODEL_BLACKLISTED, throw -> throws,
//                                               hang -> waits until the file says something else
//                        release_file           a path; "hang" ends, and goes on as good, when this exists
//                        sleep_ms               how long "sleep" takes; 200
//                        call_log               a file to which every call is appended
//
// Behaviours of every function: good, throw_std, throw_int, throw_string, throw_null_what,
// throw_custom, throw_bad_alloc, return_N (N a number), return_load_error, return_blacklisted,
// return_internal_error, sleep, hang, abort, segfault, exit, pthread_exit. Of loadModel: empty,
// garbage, garbage_onnx, garbage_blob, partial_throw (fills the buffers, then throws).
//
// Lines of the call log: `> loadModel m 1 object=1 thread=123` when a call begins, the same with
// `<` when it ends, however it ends.

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "customloaderinterface.hpp"

namespace {

using ovms::CustomLoaderStatus;
using Settings = std::map<std::string, std::string>;

// Stands for "the files' own type", which behave() cannot know.
constexpr auto kServe = static_cast<CustomLoaderStatus>(-1000);

struct NullWhat : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

struct CustomException {
  int code = 7;
};

std::string setting(const Settings& settings, const std::string& key, const std::string& fallback = "") {
  const auto found = settings.find(key);
  return found == settings.end() ? fallback : found->second;
}

bool exists(const std::string& path) {
  struct stat status{};
  return !path.empty() && stat(path.c_str(), &status) == 0;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

bool read_file(const std::string& path, std::vector<std::uint8_t>& bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  bytes.assign(std::istreambuf_iterator<char>(file), {});
  return true;
}

Settings parse_settings(const std::string& text) {
  Settings settings;
  std::string entry;
  std::istringstream lines(text);
  while (std::getline(lines, entry, text.find(';') == std::string::npos ? '\n' : ';')) {
    const auto equals = entry.find('=');
    if (equals != std::string::npos) settings[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return settings;
}

// The string and number members of a flat JSON object; nested ones are passed over.
Settings parse_options(const std::string& json) {
  Settings settings;
  std::size_t at = 0;
  const auto text_in_quotes = [&] {
    std::string text;
    for (++at; at < json.size() && json[at] != '"'; ++at) {
      if (json[at] == '\\') ++at;
      if (at < json.size()) text += json[at];
    }
    ++at;
    return text;
  };
  while ((at = json.find('"', at)) != std::string::npos) {
    const std::string key = text_in_quotes();
    if (at >= json.size() || json[at] != ':') continue;
    ++at;
    if (at < json.size() && json[at] == '"') {
      settings[key] = text_in_quotes();
    } else {
      const std::size_t end = json.find_first_of(",}", at);
      settings[key] = json.substr(at, end == std::string::npos ? end : end - at);
    }
  }
  return settings;
}

void hang(const std::string& release_file) {
  while (!exists(release_file)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

CustomLoaderStatus numbered(const std::string& number) { return static_cast<CustomLoaderStatus>(std::stoi(number)); }

[[noreturn]] void segfault() {
  std::raise(SIGSEGV);
  std::abort();
}

// NOLINTBEGIN(bugprone-std-exception-baseclass): that is the point
// Does what every function can do; answers with `good` if nothing else was asked for.
CustomLoaderStatus behave(const std::string& behaviour, const Settings& settings, CustomLoaderStatus good) {
  if (behaviour == "throw_std") throw std::runtime_error("boom");
  if (behaviour == "throw_int") throw 42;
  if (behaviour == "throw_string") throw std::string("thrown text");
  if (behaviour == "throw_null_what") throw NullWhat();
  if (behaviour == "throw_custom") throw CustomException();
  if (behaviour == "throw_bad_alloc") throw std::bad_alloc();
  if (behaviour == "return_load_error") return CustomLoaderStatus::MODEL_LOAD_ERROR;
  if (behaviour == "return_blacklisted") return CustomLoaderStatus::MODEL_BLACKLISTED;
  if (behaviour == "return_internal_error") return CustomLoaderStatus::INTERNAL_ERROR;
  if (behaviour == "return_ok") return CustomLoaderStatus::OK;
  if (behaviour.rfind("return_", 0) == 0) return numbered(behaviour.substr(7));
  if (behaviour == "hang") hang(setting(settings, "release_file"));
  if (behaviour == "abort") std::abort();
  if (behaviour == "segfault") segfault();
  if (behaviour == "exit") _exit(3);
  if (behaviour == "pthread_exit") pthread_exit(nullptr);
  if (behaviour == "sleep") {
    std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(setting(settings, "sleep_ms", "200"))));
  }
  return good;
}
// NOLINTEND(bugprone-std-exception-baseclass)

// One call, from its begin to its end, in the call log.
class LoggedCall {
 public:
  LoggedCall(std::string file, std::string call) : file_(std::move(file)), call_(std::move(call)) { write("> "); }
  ~LoggedCall() { write("< "); }
  LoggedCall(const LoggedCall&) = delete;
  LoggedCall& operator=(const LoggedCall&) = delete;

 private:
  void write(const std::string& mark) const noexcept {
    if (file_.empty()) return;
    const std::string line = mark + call_ + " thread=" + std::to_string(syscall(SYS_gettid)) + "\n";
    const int file = open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0) return;
    if (::write(file, line.data(), line.size()) < 0) std::abort();
    close(file);
  }

  std::string file_;
  std::string call_;
};

std::string call_log_of_environment() {
  const char* file = std::getenv("HOSTILE_LOADER_CALL_LOG");
  return file == nullptr ? "" : file;
}

std::atomic<int> objects_made{0};

struct KnownVersion {
  Settings settings;
  std::string status_path;
};

class HostileLoader : public ovms::CustomLoaderInterface {
 public:
  ~HostileLoader() override { const LoggedCall call(call_log({}), describe("destructor")); }

  CustomLoaderStatus loaderInit(const std::string& config) override {
    std::vector<std::uint8_t> content;
    const bool is_file = exists(config) && read_file(config, content);
    settings_ = parse_settings(is_file ? std::string(content.begin(), content.end()) : config);
    const LoggedCall call(call_log({}), describe("loaderInit"));
    return behave(setting(settings_, "init"), settings_, CustomLoaderStatus::OK);
  }

  CustomLoaderStatus loadModel(const std::string& name, const std::string& base_path, const int version,
                               const std::string& options, std::vector<std::uint8_t>& model,
                               std::vector<std::uint8_t>& weights) override {
    const std::string folder = base_path + "/" + std::to_string(version) + "/";
    const Settings settings = merged(parse_options(options));
    remember(name, version, settings, folder);
    const LoggedCall call(call_log(settings), describe("loadModel", name, version));
    const std::string behaviour = setting(settings, "behaviour", setting(settings, "load", "good"));
    if (behaviour == "empty") return CustomLoaderStatus::MODEL_TYPE_IR;
    if (behaviour.rfind("garbage", 0) == 0) return garbage(behaviour, model, weights);
    if (behaviour == "partial_throw") {
      model.assign(1000, 'x');
      weights.assign(1000, 'y');
      throw std::runtime_error("failed halfway");
    }
    const CustomLoaderStatus status = behave(behaviour, settings, kServe);
    if (status != kServe) return status;
    return load_files(settings, folder, model, weights);
  }

  CustomLoaderStatus getModelBlacklistStatus(const std::string& name, const int version) override {
    const KnownVersion known = find(name, version);
    const LoggedCall call(call_log(known.settings), describe("getModelBlacklistStatus", name, version));
    const std::string behaviour = setting(known.settings, "blacklist_behaviour", setting(known.settings, "blacklist"));
    const std::string line = first_line(known.status_path);
    if (line == "DISABLED") return CustomLoaderStatus::MODEL_BLACKLISTED;
    if (line == "throw") throw std::runtime_error("the status file says throw");
    while (first_line(known.status_path) == "hang") std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return behave(behaviour, known.settings, CustomLoaderStatus::OK);
  }

  CustomLoaderStatus unloadModel(const std::string& name, const int version) override {
    const Settings settings = find(name, version).settings;
    const LoggedCall call(call_log(settings), describe("unloadModel", name, version));
    return behave(setting(settings, "unload_behaviour", setting(settings, "unload")), settings, CustomLoaderStatus::OK);
  }

  CustomLoaderStatus retireModel(const std::string& name) override {
    const Settings settings = find_any(name);
    const LoggedCall call(call_log(settings), describe("retireModel", name));
    return behave(setting(settings, "retire_behaviour", setting(settings, "retire")), settings, CustomLoaderStatus::OK);
  }

  CustomLoaderStatus loaderDeInit() override {
    const LoggedCall call(call_log({}), describe("loaderDeInit"));
    return behave(setting(settings_, "deinit"), settings_, CustomLoaderStatus::OK);
  }

 private:
  static bool has_suffix(const std::string& text, const std::string& suffix) {
    return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
  }

  static CustomLoaderStatus load_files(const Settings& settings, const std::string& folder,
                                       std::vector<std::uint8_t>& model, std::vector<std::uint8_t>& weights) {
    const std::string name = setting(settings, "model_file", "model.xml");
    if (!read_file(folder + name, model)) return CustomLoaderStatus::MODEL_LOAD_ERROR;
    if (has_suffix(name, ".onnx")) return CustomLoaderStatus::MODEL_TYPE_ONNX;
    if (has_suffix(name, ".blob")) return CustomLoaderStatus::MODEL_TYPE_BLOB;
    read_file(folder + setting(settings, "bin_file", "model.bin"), weights);  // some models have none
    return CustomLoaderStatus::MODEL_TYPE_IR;
  }

  static CustomLoaderStatus garbage(const std::string& behaviour, std::vector<std::uint8_t>& model,
                                    std::vector<std::uint8_t>& weights) {
    model.assign(5000, 0xA5);
    weights.assign(5000, 0x5A);
    if (behaviour == "garbage_onnx") return CustomLoaderStatus::MODEL_TYPE_ONNX;
    if (behaviour == "garbage_blob") return CustomLoaderStatus::MODEL_TYPE_BLOB;
    return CustomLoaderStatus::MODEL_TYPE_IR;
  }

  // The model's own settings, and the loader's where the model has none.
  Settings merged(Settings settings) const {
    settings.insert(settings_.begin(), settings_.end());
    return settings;
  }

  std::string call_log(const Settings& settings) const {
    return setting(settings, "call_log", setting(settings_, "call_log", call_log_of_environment()));
  }

  std::string describe(const std::string& function, const std::string& name = "", int version = 0) const {
    return function + (name.empty() ? "" : " " + name) + (version == 0 ? "" : " " + std::to_string(version)) +
           " object=" + std::to_string(number_);
  }

  void remember(const std::string& name, int version, const Settings& settings, const std::string& folder) {
    const std::string status_file = setting(settings, "status_file");
    const std::lock_guard<std::mutex> lock(mutex_);
    known_[{name, version}] = {settings, status_file.empty() ? "" : folder + status_file};
  }

  KnownVersion find(const std::string& name, int version) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = known_.find({name, version});
    return found == known_.end() ? KnownVersion{settings_, ""} : found->second;
  }

  Settings find_any(const std::string& name) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = known_.lower_bound({name, 0});
    return found == known_.end() || found->first.first != name ? settings_ : found->second.settings;
  }

  const int number_ = ++objects_made;
  Settings settings_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, KnownVersion> known_;  // guarded by mutex_
};

}  // namespace

extern "C" ovms::CustomLoaderInterface* createCustomLoader() {
  const char* asked = std::getenv("HOSTILE_LOADER_FACTORY");
  const std::string behaviour = asked == nullptr ? "" : asked;
  if (behaviour == "null") return nullptr;
  behave(behaviour, {}, CustomLoaderStatus::OK);
  return new HostileLoader;
}
