#include "tls/tls_transport_factory.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <string>
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

// OpenSSL's own asks for it on the terminal, where nobody may be.
int refuse_pass_phrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

bool are_no_pair(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_X509 && ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH;
}

// OpenSSL compares it with the certificate as well.
void use_key(SSL_CTX* context, const TlsOptions& options) {
  bool has_pass_phrase = false;
  SSL_CTX_set_default_passwd_cb(context, refuse_pass_phrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &has_pass_phrase);
  ERR_clear_error();
  const bool is_key = SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (is_key && SSL_CTX_check_private_key(context) == 1) return;
  const std::string file = "--tls_key " + options.key;
  if (has_pass_phrase) throw_openssl_error(file + " has a pass phrase; take it off with: openssl pkey");
  if (is_key || are_no_pair(ERR_peek_error())) {
    throw_openssl_error(file + " does not belong to --tls_certificate " + options.certificate);
  }
  throw_openssl_error(file + " cannot be used");
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
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1) {
    throw_openssl_error("--tls_certificate " + options.certificate + " cannot be used");
  }
  use_key(context, options);
  if (options.client_ca.empty()) return;
  if (SSL_CTX_load_verify_file(context, options.client_ca.c_str()) != 1) {
    throw_openssl_error("--tls_client_ca " + options.client_ca + " cannot be used");
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
