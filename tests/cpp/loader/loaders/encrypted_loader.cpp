// What real loaders do: decrypts model files with libcrypto. Compiled against the independent header.
//
// Options: "key" (64 hex digits), "sha256" (of the decrypted model file). The version directory holds
// model.xml.aes and model.bin.aes: 16 bytes of initial vector, then AES-256-CBC.

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "customloaderinterface.hpp"

namespace {

using ovms::Bytes;
using ovms::CustomLoaderStatus;
using ovms::Text;

Text option(const Text& json, const Text& key) {
  const Text mark = "\"" + key + "\":\"";
  const auto begin = json.find(mark);
  if (begin == Text::npos) return {};
  const auto value = begin + mark.size();
  return json.substr(value, json.find('"', value) - value);
}

Bytes from_hex(const Text& digits) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Text sha256_hex(const Bytes& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(bytes.data(), bytes.size(), digest);
  Text text;
  for (const unsigned byte : digest) {
    text += "0123456789abcdef"[byte / 16];
    text += "0123456789abcdef"[byte % 16];
  }
  return text;
}

bool decrypt(const Text& path, const Bytes& key, Bytes& plain) {
  std::ifstream file(path, std::ios::binary);
  const Bytes content((std::istreambuf_iterator<char>(file)), {});
  if (content.size() < 16 || key.size() != 32) return false;
  plain.resize(content.size());
  int length = 0;
  int rest = 0;
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  const bool done = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.data(), content.data()) == 1 &&
                    EVP_DecryptUpdate(cipher, plain.data(), &length, content.data() + 16,
                                      static_cast<int>(content.size() - 16)) == 1 &&
                    EVP_DecryptFinal_ex(cipher, plain.data() + length, &rest) == 1;
  EVP_CIPHER_CTX_free(cipher);
  plain.resize(static_cast<std::size_t>(length) + static_cast<std::size_t>(rest));
  return done;
}

class EncryptedLoader : public ovms::CustomLoaderInterface {
  std::set<Text> revoked_;

 public:
  CustomLoaderStatus loaderInit(const Text& file) override {
    if (!file.empty()) revoked_.insert(file);  // a model that must not be served
    return CustomLoaderStatus::OK;
  }

  CustomLoaderStatus loadModel(const Text&, const Text& folder, const int number, const Text& json, Bytes& first,
                               Bytes& second) override {
    const Bytes key = from_hex(option(json, "key"));
    const Text files = folder + "/" + std::to_string(number) + "/model";
    if (!decrypt(files + ".xml.aes", key, first) || !decrypt(files + ".bin.aes", key, second)) {
      return CustomLoaderStatus::MODEL_LOAD_ERROR;
    }
    return sha256_hex(first) == option(json, "sha256") ? CustomLoaderStatus::MODEL_TYPE_IR
                                                       : CustomLoaderStatus::INTERNAL_ERROR;
  }

  CustomLoaderStatus getModelBlacklistStatus(const Text& model, const int) override {
    return revoked_.count(model) != 0 ? CustomLoaderStatus::MODEL_BLACKLISTED : CustomLoaderStatus::OK;
  }

  CustomLoaderStatus unloadModel(const Text&, const int) override { return CustomLoaderStatus::OK; }
  CustomLoaderStatus retireModel(const Text&) override { return CustomLoaderStatus::OK; }
  CustomLoaderStatus loaderDeInit() override { return CustomLoaderStatus::OK; }
};

}  // namespace

extern "C" ovms::CustomLoaderInterface* createCustomLoader() { return new EncryptedLoader; }
