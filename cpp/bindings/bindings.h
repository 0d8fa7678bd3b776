#pragma once

#include <pybind11/pybind11.h>

namespace ovserve {

// One function per file of this folder; module.cpp calls them all.
void bind_errors(pybind11::module_& m);
void bind_log(pybind11::module_& m);
void bind_config(pybind11::module_& m);
void bind_status(pybind11::module_& m);
void bind_core(pybind11::module_& m);
void bind_custom_loader(pybind11::module_& m);
void bind_library_inspection(pybind11::module_& m);
void bind_native_front(pybind11::module_& m);

}  // namespace ovserve
