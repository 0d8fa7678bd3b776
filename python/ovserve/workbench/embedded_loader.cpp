// A custom loader that is written in Python, as a shared library; compiled by `ovserve loader embed`.
//
// Python's functions are looked up when the loader starts: in the process if it runs Python, else in the
// libpython of the build, whose symbols are made global because Python's extension modules look for them
// there, while hosts open this library locally. The interpreter is never ended, as libraries stay mapped.

#include <Python.h>
#include <cxxabi.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "customloaderinterface.hpp"
#include "embedded_source.h"

namespace {

using ovms::CustomLoaderStatus;

/// Python, once no other thread but its main one gets the GIL, ends or holds whoever asks for it by
/// unwinding the stack, which C++ frames do not survive. Stopped here, the thread never returns.
template <typename Function>
__attribute__((noinline)) auto guarded(Function&& function) -> decltype(function()) {
  try {
    return function();
  } catch (abi::__forced_unwind&) {
    for (;;) ::pause();
  }
}

std::string path_of_this_library() {
  Dl_info info{};
  static const char anchor = 0;
  return ::dladdr(&anchor, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
}

/// The functions of Python's C interface that are needed, and the running interpreter.
class Python {
 public:
  /// Starts Python unless it runs. Throws std::runtime_error saying why that is not possible.
  static const Python& instance() {
    static const Python python;
    return python;
  }

#define OVSERVE_FUNCTION(name) decltype(&::name) name##_ = find<decltype(&::name)>(#name)
 private:
  template <typename Function>
  Function find(const char* name) const {
    void* const found = ::dlsym(handle_, name);
    if (found == nullptr) throw std::runtime_error(std::string("Python has no function ") + name);
    return reinterpret_cast<Function>(found);
  }

  static void* handle_of_python() {
    if (::dlsym(RTLD_DEFAULT, "Py_IsInitialized") != nullptr) return RTLD_DEFAULT;
    void* const library = ::dlopen(kLibPython, RTLD_NOW | RTLD_GLOBAL);
    if (library != nullptr) return library;
    const char* const why = ::dlerror();
    throw std::runtime_error(std::string("cannot open ") + kLibPython + ": " + (why == nullptr ? "" : why) +
                             "; install that Python, or embed the loader again with another");
  }

  void* const handle_ = handle_of_python();

 public:
  OVSERVE_FUNCTION(Py_IsInitialized);
  OVSERVE_FUNCTION(Py_GetVersion);
  OVSERVE_FUNCTION(Py_InitializeFromConfig);
  OVSERVE_FUNCTION(Py_DecRef);
  OVSERVE_FUNCTION(PyConfig_InitIsolatedConfig);
  OVSERVE_FUNCTION(PyConfig_SetBytesString);
  OVSERVE_FUNCTION(PyConfig_Clear);
  OVSERVE_FUNCTION(PyStatus_Exception);
  OVSERVE_FUNCTION(PyEval_SaveThread);
  OVSERVE_FUNCTION(PyEval_RestoreThread);
  OVSERVE_FUNCTION(PyGILState_Ensure);
  OVSERVE_FUNCTION(PyGILState_Release);
  OVSERVE_FUNCTION(PyImport_ImportModule);
  OVSERVE_FUNCTION(PySys_GetObject);
  OVSERVE_FUNCTION(PySequence_Contains);
  OVSERVE_FUNCTION(PyList_Append);
  OVSERVE_FUNCTION(PyObject_GetAttrString);
  OVSERVE_FUNCTION(PyObject_CallObject);
  OVSERVE_FUNCTION(PyObject_Str);
  OVSERVE_FUNCTION(PyObject_IsTrue);
  OVSERVE_FUNCTION(PyObject_GetBuffer);
  OVSERVE_FUNCTION(PyBuffer_Release);
  OVSERVE_FUNCTION(PyTuple_New);
  OVSERVE_FUNCTION(PyTuple_SetItem);
  OVSERVE_FUNCTION(PyTuple_GetItem);
  OVSERVE_FUNCTION(PyLong_FromLong);
  OVSERVE_FUNCTION(PyBytes_FromStringAndSize);
  OVSERVE_FUNCTION(PyUnicode_DecodeUTF8);
  OVSERVE_FUNCTION(PyUnicode_DecodeFSDefault);
  OVSERVE_FUNCTION(PyUnicode_AsUTF8AndSize);
  OVSERVE_FUNCTION(PyErr_Fetch);
  OVSERVE_FUNCTION(PyErr_NormalizeException);
  OVSERVE_FUNCTION(PyErr_Clear);
#undef OVSERVE_FUNCTION

  bool running() const {
    using Function = int (*)();
    for (const char* name : {"Py_IsFinalizing", "_Py_IsFinalizing"}) {
      const auto is_finalizing = reinterpret_cast<Function>(::dlsym(handle_, name));
      if (is_finalizing != nullptr) return Py_IsInitialized_() != 0 && is_finalizing() == 0;
    }
    return Py_IsInitialized_() != 0;
  }

 private:
  Python() {
    require_version();
    if (Py_IsInitialized_() == 0) start();
  }

  void require_version() const {
    const std::string wanted = std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION);
    const std::string version = Py_GetVersion_();
    if (version.compare(0, wanted.size() + 1, wanted + ".") == 0) return;
    throw std::runtime_error("embedded with Python " + wanted + ", but this process runs Python " +
                             version.substr(0, version.find(' ')) + "; embed the loader again with that one");
  }

  // As the program of the build would start, but without the environment's PYTHON... variables, which are
  // the host's, and without touching signals.
  void start() const {
    PyConfig config;
    PyConfig_InitIsolatedConfig_(&config);
    config.install_signal_handlers = 0;
    PyStatus status = PyConfig_SetBytesString_(&config, &config.executable, kExecutable);
    if (PyStatus_Exception_(status) == 0) status = Py_InitializeFromConfig_(&config);
    const std::string why = status.err_msg == nullptr ? "" : status.err_msg;
    PyConfig_Clear_(&config);
    if (PyStatus_Exception_(status) != 0) throw std::runtime_error("cannot start Python: " + why);
    PyEval_SaveThread_();
  }
};

/// The GIL, on whatever thread the host calls.
class Gil {
 public:
  explicit Gil(const Python& python) : python_(python) {
    guarded([&] { state_ = python_.PyGILState_Ensure_(); });
  }
  ~Gil() {
    guarded([&] { python_.PyGILState_Release_(state_); });
  }
  Gil(const Gil&) = delete;
  Gil& operator=(const Gil&) = delete;

 private:
  const Python& python_;
  PyGILState_STATE state_{};
};

/// Owns a reference; needs the GIL.
class Object {
 public:
  Object(const Python& python, PyObject* object) : python_(python), object_(object) {}
  ~Object() {
    if (object_ == nullptr) return;
    guarded([&] { python_.Py_DecRef_(object_); });
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }

 private:
  const Python& python_;
  PyObject* object_;
};

/// Throws Python's error as std::runtime_error.
[[noreturn]] void fail(const Python& python) {
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  python.PyErr_Fetch_(&type, &value, &traceback);
  python.PyErr_NormalizeException_(&type, &value, &traceback);
  const Object type_owner(python, type), value_owner(python, value), traceback_owner(python, traceback);
  const Object text(python, value == nullptr ? nullptr : guarded([&] { return python.PyObject_Str_(value); }));
  const char* const utf8 = text.get() == nullptr ? nullptr : python.PyUnicode_AsUTF8AndSize_(text.get(), nullptr);
  python.PyErr_Clear_();
  throw std::runtime_error(utf8 == nullptr ? "Python failed without saying why" : utf8);
}

PyObject* text(const Python& python, const std::string& value) {
  return python.PyUnicode_DecodeUTF8_(value.data(), static_cast<Py_ssize_t>(value.size()), "replace");
}

/// Calls a function of a module or of an object. Takes over the arguments.
PyObject* call(const Python& python, PyObject* object, const char* name, const std::vector<PyObject*>& arguments) {
  const Object tuple(python, python.PyTuple_New_(static_cast<Py_ssize_t>(arguments.size())));
  if (tuple.get() == nullptr) fail(python);
  bool complete = true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    complete = arguments[i] != nullptr && complete;
    python.PyTuple_SetItem_(tuple.get(), static_cast<Py_ssize_t>(i), arguments[i]);
  }
  const Object function(python, complete ? python.PyObject_GetAttrString_(object, name) : nullptr);
  if (function.get() == nullptr) fail(python);
  PyObject* const result = guarded([&] { return python.PyObject_CallObject_(function.get(), tuple.get()); });
  if (result == nullptr) fail(python);
  return result;
}

/// Lets the packages of the build be imported, after all that is there already.
void add_packages(const Python& python) {
  PyObject* const path = python.PySys_GetObject_("path");  // borrowed
  if (path == nullptr) return;
  for (const char* folder : kPackages) {
    const Object entry(python, python.PyUnicode_DecodeFSDefault_(folder));
    if (entry.get() != nullptr && python.PySequence_Contains_(path, entry.get()) == 0) {
      python.PyList_Append_(path, entry.get());
    }
    python.PyErr_Clear_();
  }
}

/// Copies without the GIL: models are large, and the buffer keeps its memory.
void copy(const Python& python, PyObject* memory, std::vector<std::uint8_t>& target) {
  Py_buffer view;
  if (python.PyObject_GetBuffer_(memory, &view, PyBUF_SIMPLE) != 0) fail(python);
  const auto* const begin = static_cast<const std::uint8_t*>(view.buf);
  PyThreadState* const state = python.PyEval_SaveThread_();
  bool copied = true;
  try {
    target.assign(begin, begin + view.len);
  } catch (const std::exception&) {
    copied = false;
  }
  guarded([&] {
    python.PyEval_RestoreThread_(state);
    python.PyBuffer_Release_(&view);
  });
  if (!copied) throw std::runtime_error("no memory for a model of " + std::to_string(view.len) + " bytes");
}

CustomLoaderStatus status_of(const std::string& kind) {
  if (kind == "ONNX") return CustomLoaderStatus::MODEL_TYPE_ONNX;
  return kind == "BLOB" ? CustomLoaderStatus::MODEL_TYPE_BLOB : CustomLoaderStatus::MODEL_TYPE_IR;
}

class EmbeddedLoader final : public ovms::CustomLoaderInterface {
 public:
  ~EmbeddedLoader() override {
    if (guard_ == nullptr || !Python::instance().running()) return;
    const Gil gil(Python::instance());
    const Object last(Python::instance(), guard_);
  }

  // Hosts take no notice of another status, but all of them of an exception.
  CustomLoaderStatus loaderInit(const std::string& loaderConfigFile) override {
    const Python& python = Python::instance();
    const Gil gil(python);
    add_packages(python);
    const Object module(python, guarded([&] { return python.PyImport_ImportModule_("ovserve.loaders.embedded"); }));
    if (module.get() == nullptr) explain_missing_package(python);
    const auto* const source = reinterpret_cast<const char*>(kSource);
    guard_ = call(python, module.get(), "create",
                  {python.PyUnicode_DecodeFSDefault_(path_of_this_library().c_str()), text(python, kFileName),
                   python.PyBytes_FromStringAndSize_(source, static_cast<Py_ssize_t>(kSourceBytes)),
                   text(python, kClassName), text(python, loaderConfigFile)});
    return CustomLoaderStatus::OK;
  }

  CustomLoaderStatus loadModel(const std::string& modelName, const std::string& basePath, const int version,
                               const std::string& loaderOptions, std::vector<std::uint8_t>& modelBuffer,
                               std::vector<std::uint8_t>& weights) override {
    const Python& python = started();
    const Gil gil(python);
    const Object loaded(python, call(python, guard_, "load_for_abi",
                                     {text(python, modelName), text(python, basePath), python.PyLong_FromLong_(version),
                                      text(python, loaderOptions)}));
    if (python.PyObject_IsTrue_(loaded.get()) == 0) return CustomLoaderStatus::MODEL_BLACKLISTED;
    const char* const kind = python.PyUnicode_AsUTF8AndSize_(python.PyTuple_GetItem_(loaded.get(), 0), nullptr);
    copy(python, python.PyTuple_GetItem_(loaded.get(), 1), modelBuffer);
    copy(python, python.PyTuple_GetItem_(loaded.get(), 2), weights);
    return status_of(kind == nullptr ? "" : kind);
  }

  // What these four throw would end some hosts, so it becomes a line and a status.
  CustomLoaderStatus getModelBlacklistStatus(const std::string& modelName, const int version) override {
    return answered([&](const Python& python) {
      const Object answer(
          python, call(python, guard_, "blacklisted", {text(python, modelName), python.PyLong_FromLong_(version)}));
      return python.PyObject_IsTrue_(answer.get()) == 0 ? CustomLoaderStatus::OK
                                                        : CustomLoaderStatus::MODEL_BLACKLISTED;
    });
  }

  CustomLoaderStatus unloadModel(const std::string& modelName, const int version) override {
    return answered([&](const Python& python) {
      const Object none(python,
                        call(python, guard_, "unload", {text(python, modelName), python.PyLong_FromLong_(version)}));
      return CustomLoaderStatus::OK;
    });
  }

  CustomLoaderStatus retireModel(const std::string& modelName) override {
    return answered([&](const Python& python) {
      const Object none(python, call(python, guard_, "retire", {text(python, modelName)}));
      return CustomLoaderStatus::OK;
    });
  }

  CustomLoaderStatus loaderDeInit() override {
    return answered([&](const Python& python) {
      const Object none(python, call(python, guard_, "deinit", {}));
      return CustomLoaderStatus::OK;
    });
  }

 private:
  [[noreturn]] static void explain_missing_package(const Python& python) {
    try {
      fail(python);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(std::string(error.what()) + "; the loader was embedded with " + kExecutable +
                               ", whose packages must still be there");
    }
  }

  const Python& started() const {
    if (guard_ == nullptr) throw std::runtime_error("loaderInit was not called or has failed");
    const Python& python = Python::instance();
    if (!python.running()) throw std::runtime_error("Python is ending");
    return python;
  }

  template <typename Function>
  CustomLoaderStatus answered(Function&& function) const {
    try {
      const Python& python = started();
      const Gil gil(python);
      return function(python);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      return CustomLoaderStatus::INTERNAL_ERROR;
    }
  }

  PyObject* guard_ = nullptr;  // owned
};

}  // namespace

extern "C" __attribute__((visibility("default"))) ovms::CustomLoaderInterface* createCustomLoader() {
  return new EmbeddedLoader;
}
