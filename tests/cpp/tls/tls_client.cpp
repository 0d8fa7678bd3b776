#include "tls_client.h"

#include <array>
#include <utility>

#include "tls/socket_bio.h"

namespace ovserve::tls {

TlsClient::TlsClient(std::uint16_t port, const Options& options)
    : socket_(port), context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), ssl_(nullptr, &SSL_free) {
  SSL_CTX_load_verify_file(context_.get(), options.authority.c_str());
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  if (!options.certificate.empty()) {
    SSL_CTX_use_certificate_file(context_.get(), options.certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_.get(), options.key.c_str(), SSL_FILETYPE_PEM);
  }
  if (options.highest_version != 0) SSL_CTX_set_max_proto_version(context_.get(), options.highest_version);
  ssl_.reset(SSL_new(context_.get()));
  if (!options.protocols.empty()) {
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()),
                        static_cast<unsigned int>(options.protocols.size()));
  }
  BIO* bio = new_socket_bio(socket_.fd());
  SSL_set_bio(ssl_.get(), bio, bio);
  connected_ = SSL_connect(ssl_.get()) == 1;
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

bool TlsClient::send(std::string_view bytes) {
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
}

bool TlsClient::fill() {
  std::array<char, 16384> bytes;
  const int size = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (size > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(size));
  return size > 0;
}

std::string TlsClient::read_until(std::string_view end) {
  while (buffer_.find(end) == std::string::npos) {
    if (!fill()) return std::exchange(buffer_, {});
  }
  return read_exactly(buffer_.find(end) + end.size());
}

std::string TlsClient::read_exactly(std::size_t size) {
  while (buffer_.size() < size && fill()) continue;
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, taken.size());
  return taken;
}

}  // namespace ovserve::tls
