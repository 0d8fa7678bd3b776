#pragma once

#include <string>

namespace ovserve::tls {

/// Files in PEM form. Errors name each with the option that gives it: --tls_certificate, --tls_key, --tls_client_ca.
struct TlsOptions {
  std::string certificate;  ///< the server's, and those that lead to an authority
  std::string key;          ///< without a pass phrase
  std::string client_ca;    ///< if set, clients must show a certificate that one of these has signed
};

}  // namespace ovserve::tls
