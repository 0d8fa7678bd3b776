// Libraries and hosts of others: compiled against a header that is not ours.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "loader/shared_library_loader.h"
#include "loader_fixtures.h"

namespace ovserve {
namespace {

std::string good_key() { return std::string(32, '\x5A'); }
std::string initial_vector() { return std::string(16, '\x33'); }

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

const unsigned char* octets(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string sha256(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(octets(text), text.size(), digest.data());
  return hex({digest.begin(), digest.end()});
}

std::string encrypted(const std::string& plain) {
  std::string cipher(plain.size() + 32, '\0');
  auto* out = reinterpret_cast<unsigned char*>(cipher.data());
  int length = 0;
  int rest = 0;
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const std::string key = good_key();
  const std::string vector = initial_vector();
  EVP_EncryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, octets(key), octets(vector));
  EVP_EncryptUpdate(context.get(), out, &length, octets(plain), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context.get(), out + length, &rest);
  cipher.resize(static_cast<std::size_t>(length) + static_cast<std::size_t>(rest));
  return vector + cipher;
}

class EncryptedLoaderTest : public ::testing::Test {
 protected:
  EncryptedLoaderTest() {
    write_bytes(folder_ / "1/model.xml.aes", encrypted(xml_));
    write_bytes(folder_ / "1/model.bin.aes", encrypted(weights_));
  }

  std::unique_ptr<Loader> create(const std::string& config = "") {
    return create_loader(loader_config("secure", library("encrypted_loader"), config));
  }

  LoadRequest request(const std::string& key, const std::string& digest) const {
    return {"m", folder_.path(), 1,
            R"({"loader_name":"secure","key":")" + hex(key) + R"(","sha256":")" + digest + "\"}"};
  }

  const TemporaryFolder folder_;
  const std::string xml_ = "<net name=\"secret\"/>";
  const std::string weights_ = std::string(1'000'003, 'w');
};

TEST_F(EncryptedLoaderTest, Decrypts) {
  const auto loader = create();
  const ModelBuffers buffers = loader->load(request(good_key(), sha256(xml_)));
  const auto equal = [](const Buffer& buffer, const std::string& text) {
    return buffer.size == text.size() && std::equal(text.begin(), text.end(), buffer.data);
  };
  EXPECT_EQ(buffers.kind, ModelKind::kIr);
  EXPECT_TRUE(equal(buffers.model, xml_));
  EXPECT_TRUE(equal(buffers.weights, weights_));
  loader->unload("m", 1);
  loader->retire("m");
  loader->deinit();
}

TEST_F(EncryptedLoaderTest, ReportsAWrongKeyAndAWrongDigest) {
  const auto loader = create();
  EXPECT_EQ(error_of([&] { loader->load(request(std::string(32, 'x'), sha256(xml_))); }),
            "custom loader \"secure\": loadModel for model \"m\" version 1 returned MODEL_LOAD_ERROR (4)");
  EXPECT_EQ(error_of([&] { loader->load(request(good_key(), sha256("other"))); }),
            "custom loader \"secure\": loadModel for model \"m\" version 1 returned INTERNAL_ERROR (6)");
}

TEST_F(EncryptedLoaderTest, AnswersTheBlacklistQuestion) {
  const auto loader = create("revoked_model");
  EXPECT_EQ(loader->blacklist_status("revoked_model", 1), BlacklistStatus::kBlacklisted);
  EXPECT_EQ(loader->blacklist_status("m", 1), BlacklistStatus::kAllowed);
}

// The other way round: a library compiled against our header, in a host compiled against another.
TEST(ForeignHost, DrivesALibraryOfOurs) {
  const TemporaryFolder folder;
  write_bytes(folder / "7/model.xml", "<net/>");
  write_bytes(folder / "7/model.bin", "weights");
  write_bytes(folder / "7/status", "DISABLED\n");
  void* host = ::dlopen(library("foreign_host").c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(host, nullptr) << ::dlerror();
  using Drive = int(const char*, const char*, const char*, const char*, char*, unsigned long);
  auto* drive = reinterpret_cast<Drive*>(::dlsym(host, "drive_loader"));
  ASSERT_NE(drive, nullptr);
  std::array<char, 200> report{};
  const int result = drive(library("hostile_loader").c_str(), "retire=return_4;deinit=return_6", folder.path().c_str(),
                           R"({"status_file":"status","unload_behaviour":"return_3"})", report.data(), report.size());
  EXPECT_EQ(result, 0);
  EXPECT_STREQ(report.data(), "0 1 5 3 4 6 [<net/>] [weights]");
}

}  // namespace
}  // namespace ovserve
