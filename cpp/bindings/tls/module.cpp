#include <pybind11/pybind11.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "front/transport.h"
#include "tls/tls_transport_factory.h"

namespace py = pybind11;
using namespace py::literals;

namespace {

using ovserve::tls::TlsTransportFactory;

std::shared_ptr<TlsTransportFactory> make_factory(const std::string& certificate, const std::string& key,
                                                  const std::string& client_ca) {
  try {
    return std::make_shared<TlsTransportFactory>(ovserve::tls::TlsOptions{certificate, key, client_ca});
  } catch (const ovserve::Error& error) {
    throw py::value_error(error.what());
  }
}

}  // namespace

// Apart from _core, so that only servers with TLS load OpenSSL.
PYBIND11_MODULE(_tls, m) {
  py::module_::import("ovserve._core");  // registers the base class
  py::class_<TlsTransportFactory, ovserve::front::TransportFactory, std::shared_ptr<TlsTransportFactory>>(
      m, "TlsTransportFactory", "TLS 1.2 and 1.3 by files in PEM form.")
      .def(py::init(&make_factory), py::kw_only(), "certificate"_a, "key"_a, "client_ca"_a);
}
