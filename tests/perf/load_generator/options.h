#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ovserve::bench {

enum class Protocol { kGrpc, kHttp1 };

/// What to send, where to, and for how long. The command line's flags have the same names.
struct Options {
  Protocol protocol = Protocol::kGrpc;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string method = "POST";  ///< HTTP/1.1 alone
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;  ///< beside those that the protocol needs
  std::string request_file;  ///< gRPC: the message, without the prefix of 5 bytes; HTTP/1.1: the body
  std::string expect_file;   ///< what every answer has to be, in the same form; empty: not compared
  std::size_t connections = 1;
  std::size_t in_flight = 1;  ///< over all connections together
  std::chrono::duration<double> warmup{0};
  std::chrono::duration<double> duration{0};  ///< 0: until `count` answers
  std::uint64_t count = 0;                    ///< 0: until `duration` has passed
  std::chrono::duration<double> retry{0};     ///< how long the first request is repeated until it succeeds
  std::vector<pid_t> watch;                   ///< processes whose CPU time is read at both ends of the measurement
  bool hold = false;                          ///< keep the connections open until standard input ends
};

/// The command line is wrong; the text names the flag.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws UsageError.
Options parse_options(int argc, char** argv);

}  // namespace ovserve::bench
