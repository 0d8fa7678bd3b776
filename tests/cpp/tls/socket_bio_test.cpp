#include "tls/socket_bio.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

namespace ovserve::tls {
namespace {

class SocketBio : public ::testing::Test {
 protected:
  SocketBio() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0);
    bio_.reset(new_socket_bio(ends_[0]));
  }
  SocketBio(const SocketBio&) = delete;
  SocketBio& operator=(const SocketBio&) = delete;
  ~SocketBio() override {
    bio_.reset();
    close(ends_[0]);
    close_peer();
  }

  void close_peer() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

  std::array<int, 2> ends_{};
  std::unique_ptr<BIO, decltype(&BIO_free)> bio_{nullptr, &BIO_free};
};

TEST_F(SocketBio, CarriesBytes) {
  EXPECT_EQ(BIO_write(bio_.get(), "hello", 5), 5);
  std::array<char, 8> bytes{};
  EXPECT_EQ(read(ends_[1], bytes.data(), bytes.size()), 5);
  EXPECT_EQ(write(ends_[1], "there", 5), 5);
  EXPECT_EQ(BIO_read(bio_.get(), bytes.data(), bytes.size()), 5);
  EXPECT_EQ(std::string(bytes.data(), 5), "there");
}

TEST_F(SocketBio, ReportsAPeerThatIsGoneAndRaisesNoSignal) {
  close_peer();
  EXPECT_LT(BIO_write(bio_.get(), "hello", 5), 0);
  EXPECT_FALSE(BIO_should_retry(bio_.get()));
}

TEST_F(SocketBio, TellsFromTheEndWhatOnlyHasToWait) {
  fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  std::array<char, 8> bytes{};
  EXPECT_LT(BIO_read(bio_.get(), bytes.data(), bytes.size()), 0);
  EXPECT_TRUE(BIO_should_read(bio_.get()));
  EXPECT_EQ(BIO_eof(bio_.get()), 0);
  close_peer();
  EXPECT_EQ(BIO_read(bio_.get(), bytes.data(), bytes.size()), 0);
  EXPECT_FALSE(BIO_should_retry(bio_.get()));
  EXPECT_EQ(BIO_eof(bio_.get()), 1);
}

TEST_F(SocketBio, LeavesTheSocketToItsOwner) {
  bio_.reset();
  EXPECT_NE(fcntl(ends_[0], F_GETFD), -1);
}

}  // namespace
}  // namespace ovserve::tls
