#include "certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace ovserve::tls {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

void check(bool done) {
  if (!done) throw std::runtime_error("cannot make a certificate");
}

Key make_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

Certificate make_certificate(const std::string& name, long serial, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24L * 3600);
  check(X509_set_pubkey(certificate.get(), key) == 1);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), issuer == nullptr ? subject : X509_get_subject_name(issuer));
  if (issuer == nullptr) {
    X509_EXTENSION* is_authority = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
    check(is_authority != nullptr && X509_add_ext(certificate.get(), is_authority, -1) == 1);
    X509_EXTENSION_free(is_authority);
  }
  check(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0);
  return certificate;
}

void write(const std::string& path, X509* certificate) {
  const File file(std::fopen(path.c_str(), "w"), &std::fclose);
  check(PEM_write_X509(file.get(), certificate) == 1);
}

void write(const std::string& path, EVP_PKEY* key) {
  const File file(std::fopen(path.c_str(), "w"), &std::fclose);
  check(PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

}  // namespace

Certificates::Certificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "certificates-XXXXXX").string();
  check(::mkdtemp(pattern.data()) != nullptr);
  directory_ = pattern;
  const Key authority_key = make_key();
  const Certificate authority = make_certificate("authority", 1, authority_key.get(), nullptr, authority_key.get());
  write(file("authority.pem"), authority.get());
  long serial = 2;
  for (const std::string name : {"server", "client"}) {
    const Key key = make_key();
    write(file(name + ".key"), key.get());
    write(file(name + ".pem"), make_certificate(name, serial++, key.get(), authority.get(), authority_key.get()).get());
  }
  const Key stranger = make_key();
  write(file("stranger.key"), stranger.get());
  write(file("stranger.pem"), make_certificate("stranger", 9, stranger.get(), nullptr, stranger.get()).get());
}

Certificates::~Certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace ovserve::tls
