#pragma once

#include <filesystem>
#include <string>

namespace ovserve::tls {

/// Makes certificates for one test in a directory of its own, which goes with it: an authority, and
/// what that has signed for the server, for a client, and what nobody trusts.
class Certificates {
 public:
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// "authority.pem", "server.pem", "server.key", "client.pem", "client.key", "stranger.pem", "stranger.key".
  std::string file(const std::string& name) const { return (directory_ / name).string(); }

 private:
  std::filesystem::path directory_;
};

}  // namespace ovserve::tls
