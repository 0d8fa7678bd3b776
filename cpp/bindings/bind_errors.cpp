#include <pybind11/gil_safe_call_once.h>
#include <pybind11/pybind11.h>

#include <array>
#include <new>
#include <utility>

#include "base/error.h"
#include "bindings/bindings.h"
#include "bindings/python_text.h"

namespace py = pybind11;

namespace ovserve {
namespace {

constexpr std::array kClassNames = {
    "InvalidArgumentError", "NotFoundError",          "AlreadyExistsError",    "FailedPreconditionError",
    "UnavailableError",     "ResourceExhaustedError", "DeadlineExceededError", "CancelledError",
    "UnimplementedError",   "InternalError",
};
static_assert(kClassNames.size() == static_cast<std::size_t>(ErrorCode::kInternal) + 1);

using ErrorClasses = std::array<py::object, kClassNames.size()>;

/// The classes of ovserve.errors, in the order of ErrorCode; looked up when the first error is raised.
const ErrorClasses& error_classes() {
  PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<ErrorClasses> storage;
  return storage
      .call_once_and_store_result([] {
        const py::module_ errors = py::module_::import("ovserve.errors");
        ErrorClasses classes;
        for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = errors.attr(kClassNames[i]);
        return classes;
      })
      .get_stored();
}

void set_python_error(ErrorCode code, std::string_view message) {
  const py::object& error_class = error_classes()[static_cast<std::size_t>(code)];
  PyErr_SetObject(error_class.ptr(), to_python_text(message).ptr());
}

/// Core errors by their code; whatever else a core function lets out is an internal error. What
/// pybind11 itself throws (a wrong argument type, an exception of Python code) stays what it is.
void translate(std::exception_ptr exception) {
  try {
    std::rethrow_exception(std::move(exception));
  } catch (const Error& error) {
    set_python_error(error.code(), error.what());
  } catch (const py::error_already_set&) {
    throw;
  } catch (const py::builtin_exception&) {
    throw;
  } catch (const std::bad_alloc&) {
    set_python_error(ErrorCode::kResourceExhausted, "out of memory");
  } catch (...) {
    set_python_error(ErrorCode::kInternal, describe_current_exception());
  }
}

}  // namespace

void bind_errors(py::module_&) { py::register_local_exception_translator(translate); }

}  // namespace ovserve
