#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

namespace ovserve {

/// A Python str of text that may come from a client or from a loader: bytes that are no UTF-8
/// become U+FFFD instead of an exception about the exception. Needs the GIL.
inline pybind11::str to_python_text(std::string_view text) {
  PyObject* decoded = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
  if (decoded == nullptr) throw pybind11::error_already_set();
  return pybind11::reinterpret_steal<pybind11::str>(decoded);
}

}  // namespace ovserve
