#pragma once

#include <pybind11/pybind11.h>

#include "base/byte_sink.h"
#include "base/error.h"

namespace ovserve {

/// Lets an encoder write straight into the Python bytes object that is sent. Made and destroyed
/// with the GIL held; allocate() takes it for the allocation alone, so the encoder runs without it.
class BytesSink : public ByteSink {
 public:
  char* allocate(std::size_t size) override {
    pybind11::gil_scoped_acquire gil;
    PyObject* reply = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
    if (reply == nullptr) {
      PyErr_Clear();
      throw Error(ErrorCode::kResourceExhausted, "no memory for a reply of " + std::to_string(size) + " bytes");
    }
    reply_ = pybind11::reinterpret_steal<pybind11::bytes>(reply);
    return PyBytes_AS_STRING(reply);
  }

  /// What was written; the empty bytes if nothing was.
  pybind11::bytes take() { return std::move(reply_); }

 private:
  pybind11::bytes reply_;
};

}  // namespace ovserve
