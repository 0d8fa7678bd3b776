#include "tls/tls_transport_factory.h"

#include <openssl/err.h>

#include <string_view>
#include <utility>

#include "tls/openssl_error.h"
#include "tls/tls_transport.h"

namespace ovserve::tls {
namespace {

// With forward secrecy and authenticated, as RFC 9113 (9.2.2) demands for HTTP/2. TLS 1.3 has no others.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// Names of protocols as ALPN has them: each with its length before it. The first one wins.
constexpr std::string_view kProtocols = "\x02h2\x08http/1.1";

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void* /*nothing*/) {
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, size, bytes_of(kProtocols), kProtocols.size(), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

TlsTransportFactory::TlsTransportFactory(const TlsOptions& options) : context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* context = context_.get();
  if (context == nullptr) throw_openssl_error("cannot set up TLS");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate_chain.c_str()) != 1) {
    throw_openssl_error("cannot use the TLS certificate " + options.certificate_chain);
  }
  if (SSL_CTX_use_PrivateKey_file(context, options.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw_openssl_error("cannot use the TLS key " + options.private_key);
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    throw_openssl_error("the TLS key " + options.private_key + " is not that of " + options.certificate_chain);
  }
  if (options.client_ca.empty()) return;
  if (SSL_CTX_load_verify_file(context, options.client_ca.c_str()) != 1) {
    throw_openssl_error("cannot use the TLS certificates " + options.client_ca);
  }
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.client_ca.c_str()));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // Without it, clients with a certificate could not resume a session.
  static constexpr std::string_view kSessions = "ovserve";
  SSL_CTX_set_session_id_context(context, bytes_of(kSessions), kSessions.size());
}

std::unique_ptr<front::Transport> TlsTransportFactory::make(front::FileDescriptor socket) const {
  return std::make_unique<TlsTransport>(*context_, std::move(socket));
}

}  // namespace ovserve::tls
