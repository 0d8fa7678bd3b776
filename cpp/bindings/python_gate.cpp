#include "bindings/python_gate.h"

#include <cxxabi.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "loader/loader_call.h"

namespace ovserve {
namespace {

// Loaders that hang have been given up by then: this is for calls that are about to return.
constexpr std::chrono::seconds kLastWait{1};

/// Runs Python. Its end unwinds the stack by force, past destructors that would need the GIL; stopped
/// and not gone on with, the thread merely never returns. (Ending the unwinding would end the process.)
template <typename Function>
OVSERVE_CATCHES_FORCED_UNWIND auto standing_still_at_the_end(Function&& function) noexcept -> decltype(function()) {
  try {
    return function();
  } catch (abi::__forced_unwind&) {
    for (;;) ::pause();
  }
}

/// Who is inside Python, and whether it still lets in. Never destroyed, as threads outlive everything.
class Gate {
 public:
  static Gate& instance() {
    static auto* const gate = new Gate;
    return *gate;
  }

  bool enter() {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    ++inside_;
    return true;
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0) empty_.notify_all();
  }

  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    empty_.wait_for(lock, kLastWait, [this] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  bool closed_ = false;     // guarded by mutex_
  std::size_t inside_ = 0;  // guarded by mutex_
};

/// Keeps Python's view of a thread from the first call to the thread's end.
class KeptThread {
 public:
  KeptThread() {
    PyGILState_Ensure();
    PyEval_SaveThread();
  }

  ~KeptThread() {
    const PythonScope scope;
    if (!scope) return;
    // Only counts down, so that the scope's end is the last one, which forgets the thread.
    PyGILState_Release(PyGILState_LOCKED);
  }

  KeptThread(const KeptThread&) = delete;
  KeptThread& operator=(const KeptThread&) = delete;
};

void keep_this_thread() { thread_local const KeptThread kept; }

}  // namespace

PythonScope::PythonScope(Thread thread) : entered_(Gate::instance().enter()) {
  if (!entered_) return;
  standing_still_at_the_end([&] {
    if (thread == Thread::kKept && PyGILState_GetThisThreadState() == nullptr) keep_this_thread();
    state_ = PyGILState_Ensure();
  });
}

PythonScope::~PythonScope() {
  if (!entered_) return;
  standing_still_at_the_end([&] { PyGILState_Release(state_); });
  Gate::instance().leave();
}

void watch_the_end_of_python() {
  const pybind11::cpp_function closing([] {
    const pybind11::gil_scoped_release release;
    Gate::instance().close();
  });
  pybind11::module_::import("atexit").attr("register")(closing);
}

PyObject* import_python(const char* module) noexcept {
  return standing_still_at_the_end([&] { return PyImport_ImportModule(module); });
}

PyObject* call_python(PyObject* callable, PyObject* arguments) noexcept {
  return standing_still_at_the_end([&] { return PyObject_CallObject(callable, arguments); });
}

void drop(PyObject* object) noexcept {
  standing_still_at_the_end([&] { Py_XDECREF(object); });
}

void drop(Py_buffer& buffer) noexcept {
  standing_still_at_the_end([&] { PyBuffer_Release(&buffer); });
}

}  // namespace ovserve
