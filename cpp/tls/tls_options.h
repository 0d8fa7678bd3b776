#pragma once

#include <string>

namespace ovserve::tls {

/// Files in PEM form.
struct TlsOptions {
  std::string certificate_chain;
  std::string private_key;
  std::string client_ca;  ///< if set, clients must show a certificate that one of these has signed
};

}  // namespace ovserve::tls
