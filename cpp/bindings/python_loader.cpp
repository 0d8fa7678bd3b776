#include "bindings/python_loader.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/printable_text.h"
#include "bindings/python_gate.h"
#include "bindings/python_text.h"

namespace py = pybind11;

namespace ovserve {
namespace {

constexpr const char* kGuard = "ovserve.loaders.guarded_loader";

/// A reference whose end may run Python; needs a PythonScope.
struct Drop {
  void operator()(PyObject* object) const noexcept { drop(object); }
};
using Reference = std::unique_ptr<PyObject, Drop>;

std::string text_of(PyObject* exception) {
  const Reference text(PyObject_Str(exception));
  if (text == nullptr) PyErr_Clear();
  const char* const utf8 = text == nullptr ? nullptr : PyUnicode_AsUTF8(text.get());
  if (utf8 == nullptr) PyErr_Clear();
  return utf8 == nullptr ? "" : utf8;
}

bool says_not_now(PyObject* exception) {
  const Reference errors(import_python("ovserve.errors"));
  const Reference kind(errors == nullptr ? nullptr : PyObject_GetAttrString(errors.get(), "FailedPreconditionError"));
  PyErr_Clear();
  return kind != nullptr && PyErr_GivenExceptionMatches(exception, kind.get()) != 0;
}

/// Turns Python's error into ours. Those of GuardedLoader are complete; others come from where no user
/// code is to blame, such as a lack of memory.
[[noreturn]] void throw_python_error(const std::string& loader) {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  const Reference type_owner(type);
  const Reference owner(value);
  const Reference traceback_owner(traceback);
  std::string text = value == nullptr ? "an error without a text" : text_of(value);
  const std::string head = "custom loader \"" + printable_text(loader) + "\": ";
  if (!std::string_view(text).starts_with("custom loader ")) {
    const std::string name = value == nullptr ? "" : std::string(Py_TYPE(value)->tp_name) + ": ";
    text = head + "Python failed: " + name + text;
  }
  const bool not_now = value != nullptr && says_not_now(value);
  throw Error(not_now ? ErrorCode::kFailedPrecondition : ErrorCode::kInternal, printable_text(text, 4000));
}

void require(const PythonScope& scope, const std::string& loader) {
  if (!scope) {
    throw Error(ErrorCode::kUnavailable, "custom loader \"" + printable_text(loader) + "\": Python is ending");
  }
}

Reference call(const std::string& loader, PyObject* object, const char* function, const py::tuple& arguments) {
  const Reference method(PyObject_GetAttrString(object, function));
  if (method == nullptr) throw_python_error(loader);
  Reference result(call_python(method.get(), arguments.ptr()));
  if (result == nullptr) throw_python_error(loader);
  return result;
}

void give_back(Py_buffer* view) {
  {
    const PythonScope scope;
    if (!scope) return;
    drop(*view);
  }
  delete view;
}

Buffer adopt(const std::string& loader, PyObject* memory) {
  auto view = std::make_unique<Py_buffer>();
  if (PyObject_GetBuffer(memory, view.get(), PyBUF_SIMPLE) != 0) throw_python_error(loader);
  const std::shared_ptr<Py_buffer> owner(view.release(), &give_back);
  return {static_cast<const std::uint8_t*>(owner->buf), static_cast<std::size_t>(owner->len), owner};
}

ModelKind kind_of(std::string_view name) {
  if (name == name_of(ModelKind::kOnnx)) return ModelKind::kOnnx;
  return name == name_of(ModelKind::kBlob) ? ModelKind::kBlob : ModelKind::kIr;
}

}  // namespace

PythonLoader::PythonLoader(const LoaderConfig& config) : name_(config.name) {
  const PythonScope scope(PythonScope::Thread::kKept);
  require(scope, name_);
  const Reference guard(import_python(kGuard));
  if (guard == nullptr) throw_python_error(name_);
  guarded_ = call(name_, guard.get(), "create",
                  py::make_tuple(to_python_text(name_), to_python_text(config.library_path),
                                 to_python_text(config.config_file)))
                 .release();
}

PythonLoader::~PythonLoader() {
  const PythonScope scope(PythonScope::Thread::kKept);
  if (scope) drop(guarded_);
}

ModelBuffers PythonLoader::load(const LoadRequest& request) {
  const PythonScope scope(PythonScope::Thread::kKept);
  require(scope, name_);
  const Reference loaded = call(name_, guarded_, "load",
                                py::make_tuple(to_python_text(request.model_name), to_python_text(request.base_path),
                                               request.version, to_python_text(request.options)));
  // CheckedBuffers, a tuple of three.
  PyObject* const kind = PyTuple_GetItem(loaded.get(), 0);
  PyObject* const model = PyTuple_GetItem(loaded.get(), 1);
  PyObject* const weights = PyTuple_GetItem(loaded.get(), 2);
  if (kind == nullptr || model == nullptr || weights == nullptr) throw_python_error(name_);
  return {kind_of(PyUnicode_AsUTF8(kind)), adopt(name_, model), adopt(name_, weights)};
}

BlacklistStatus PythonLoader::blacklist_status(const std::string& model_name, std::int64_t version) {
  const PythonScope scope(PythonScope::Thread::kKept);
  require(scope, name_);
  const Reference answer = call(name_, guarded_, "blacklisted", py::make_tuple(to_python_text(model_name), version));
  return answer.get() == Py_True ? BlacklistStatus::kBlacklisted : BlacklistStatus::kAllowed;
}

void PythonLoader::unload(const std::string& model_name, std::int64_t version) {
  const PythonScope scope(PythonScope::Thread::kKept);
  require(scope, name_);
  call(name_, guarded_, "unload", py::make_tuple(to_python_text(model_name), version));
}

void PythonLoader::retire(const std::string& model_name) {
  const PythonScope scope(PythonScope::Thread::kKept);
  require(scope, name_);
  call(name_, guarded_, "retire", py::make_tuple(to_python_text(model_name)));
}

void PythonLoader::deinit() {
  const PythonScope scope(PythonScope::Thread::kKept);
  require(scope, name_);
  call(name_, guarded_, "deinit", py::tuple());
}

}  // namespace ovserve
