#include "tls/tls_transport.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "base/error.h"
#include "certificates.h"
#include "http2_client.h"
#include "running_server.h"
#include "tls/tls_transport_factory.h"
#include "tls_client.h"

namespace ovserve::tls {
namespace {

using front::Http2Client;
using front::RunningServer;
using front::ServerOptions;

class TlsTransport : public ::testing::Test {
 protected:
  RunningServer::Change with_tls(bool asks_for_client = false) {
    return [this, asks_for_client](ServerOptions& options) {
      const TlsOptions files{certificates_.file("server.pem"), certificates_.file("server.key"),
                             asks_for_client ? certificates_.file("authority.pem") : ""};
      options.transports = std::make_shared<TlsTransportFactory>(files);
    };
  }

  TlsClient::Options trusting() const { return {certificates_.file("authority.pem"), "", "", "", 0}; }

  Certificates certificates_;
};

std::string post(const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_F(TlsTransport, CarriesHttp1) {
  RunningServer running(with_tls());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient::Options options = trusting();
    options.highest_version = version;
    TlsClient client(running.port(), options);
    ASSERT_TRUE(client.is_connected());
    client.send(post("hello"));
    EXPECT_TRUE(client.read_until("hello").ends_with("\r\n\r\nhello"));
    std::string large(5'000'000, 'a');
    for (std::size_t i = 0; i < large.size(); i += 7) large[i] = static_cast<char>('a' + i % 26);
    std::thread sending([&] { client.send(post(large)); });
    sending.join();
    client.read_until("\r\n\r\n");
    EXPECT_TRUE(client.read_exactly(large.size()) == large);
  }
}

TEST_F(TlsTransport, LetsTheClientChooseByAlpn) {
  RunningServer running(with_tls());
  TlsClient::Options options = trusting();
  options.protocols = "\x08http/1.1\x02h2";
  EXPECT_EQ(TlsClient(running.port(), options).protocol(), "h2");
  options.protocols = "\x08http/1.1";
  EXPECT_EQ(TlsClient(running.port(), options).protocol(), "http/1.1");
  options.protocols = "\x05spdy9";
  EXPECT_FALSE(TlsClient(running.port(), options).is_connected());
}

TEST_F(TlsTransport, CarriesHttp2) {
  RunningServer running(with_tls());
  TlsClient::Options options = trusting();
  options.protocols = "\x02h2";
  TlsClient client(running.port(), options);
  ASSERT_TRUE(client.is_connected());
  client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  client.send(Http2Client::bytes_of({NGHTTP2_SETTINGS, 0, 0, ""}));
  client.send(Http2Client::bytes_of(
      {NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, Http2Client::block_of(Http2Client::grpc_fields("Unary"))}));
  const std::string message = Http2Client::grpc_message("through TLS");
  client.send(Http2Client::bytes_of({NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, message}));
  EXPECT_TRUE(client.read_until(message).ends_with(message));
}

TEST_F(TlsTransport, AsksForTheClientsCertificate) {
  RunningServer running(with_tls(true));
  TlsClient::Options known = trusting();
  known.certificate = certificates_.file("client.pem");
  known.key = certificates_.file("client.key");
  TlsClient client(running.port(), known);
  client.send(post("hello"));
  EXPECT_TRUE(client.read_until("hello").ends_with("\r\n\r\nhello"));

  TlsClient::Options stranger = trusting();
  stranger.certificate = certificates_.file("stranger.pem");
  stranger.key = certificates_.file("stranger.key");
  for (const auto& options : {trusting(), stranger}) {
    // With TLS 1.3 the client learns of it only when it reads.
    TlsClient refused(running.port(), options);
    refused.send(post("hello"));
    EXPECT_EQ(refused.read_until("hello"), "");
  }
  EXPECT_EQ(running.handler().handled, 1);
}

TEST_F(TlsTransport, ClosesThoseWhoDoNotSpeakTls) {
  RunningServer running(with_tls());
  front::RawClient client(running.port());
  client.send(post("hello"));
  EXPECT_EQ(client.read_all().find("HTTP/"), std::string::npos);
  EXPECT_TRUE(front::eventually([&] { return running.server().connections() == 0; }));
}

TEST_F(TlsTransport, GivesUpHandshakesThatDoNotEnd) {
  RunningServer running([&](ServerOptions& options) {
    with_tls()(options);
    options.limits.head_timeout = std::chrono::milliseconds(100);
  });
  front::RawClient client(running.port());
  client.send("\x16\x03\x01");
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(TlsTransport, NamesTheFileThatCannotBeUsed) {
  const auto reason = [](const TlsOptions& options) -> std::string {
    try {
      const TlsTransportFactory factory(options);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  const std::string certificate = certificates_.file("server.pem");
  const std::string key = certificates_.file("server.key");
  EXPECT_EQ(reason({certificate, key, ""}), "");
  EXPECT_NE(reason({"/no/such.pem", key, ""}).find("--tls_certificate /no/such.pem"), std::string::npos);
  EXPECT_NE(reason({certificate, certificate, ""}).find("--tls_key " + certificate), std::string::npos);
  EXPECT_NE(reason({certificate, certificates_.file("client.key"), ""}).find("client.key does not belong to"),
            std::string::npos);
  EXPECT_NE(reason({certificate, key, "/no/authority.pem"}).find("--tls_client_ca /no/authority.pem"),
            std::string::npos);
}

}  // namespace
}  // namespace ovserve::tls
