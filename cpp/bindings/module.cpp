#include "bindings/bindings.h"

PYBIND11_MODULE(_core, m) {
  m.doc() = "The native core: loaders, OpenVINO, the model repository, and every protocol's codec.";
  m.attr("__version__") = OVSERVE_VERSION;
  ovserve::bind_errors(m);
  ovserve::bind_log(m);
  ovserve::bind_config(m);
  ovserve::bind_status(m);
  ovserve::bind_core(m);
  ovserve::bind_custom_loader(m);
  ovserve::bind_library_inspection(m);
  ovserve::bind_native_front(m);
}
