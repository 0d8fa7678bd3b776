#pragma once

#include <pybind11/pybind11.h>

namespace ovserve {

/// Holds the GIL on a thread that Python does not know, for as long as Python runs.
///
/// Once the interpreter has begun to end, no thread but its main one gets the GIL any more: a thread
/// that asks for it is ended or held for ever, by a stack unwinding that C++ frames do not survive. So
/// entering is refused from then on, and the end waits a moment for those who are inside. Whoever is
/// caught inside all the same stands still until the process is gone.
class PythonScope {
 public:
  /// Whether the thread that enters will call Python again and again: it then stays one and the same
  /// thread for it, with its threading.local values, until it ends.
  enum class Thread { kPassing, kKept };

  explicit PythonScope(Thread thread = Thread::kPassing);
  ~PythonScope();

  PythonScope(const PythonScope&) = delete;
  PythonScope& operator=(const PythonScope&) = delete;

  /// False: Python is ending. Nothing of it may be touched, not even a reference count.
  explicit operator bool() const noexcept { return entered_; }

 private:
  bool entered_ = false;
  PyGILState_STATE state_{};
};

/// To be called once, with the GIL: has Python say when it begins to end.
void watch_the_end_of_python();

// What may run Python code, from within a PythonScope. A forced unwinding stops here, for ever.

/// Returns a new reference, or null with Python's error set.
PyObject* import_python(const char* module) noexcept;
PyObject* call_python(PyObject* callable, PyObject* arguments) noexcept;

/// Gives up what user code may have hung a finalizer on.
void drop(PyObject* object) noexcept;
void drop(Py_buffer& buffer) noexcept;

}  // namespace ovserve
