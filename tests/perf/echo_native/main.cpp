#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "front/server.h"

// An echo on the native front: answers a request of a known path and length with prepared bytes.
//
//   echo_native GRPC_PORT HTTP_PORT TABLE
//
// A port of 0 is left out. tests/perf/servers/echo.py writes the table. Ends with SIGTERM.
namespace ovserve::bench {
namespace {

struct Prepared {
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body;
};

// By length, then by path, which can be looked up as a view.
using Table = std::map<std::size_t, std::map<std::string, Prepared, std::less<>>>;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Table read_table(const std::string& path) {
  Table table;
  for (const auto& entry : nlohmann::json::parse(read_file(path))) {
    Prepared prepared;
    prepared.body = std::make_shared<const std::string>(read_file(entry.at("reply").get<std::string>()));
    for (const auto& [name, value] : entry.at("headers").items()) {
      prepared.headers.emplace_back(name, value.get<std::string>());
    }
    table[entry.at("length").get<std::size_t>()][entry.at("path").get<std::string>()] = std::move(prepared);
  }
  return table;
}

class Echo final : public front::CallHandler {
 public:
  explicit Echo(Table table) : table_(std::move(table)) {}

  front::Admission admit(const front::CallHead& /*head*/) override { return {}; }

  void handle(front::Call call, front::Responder responder) override {
    const bool is_grpc = call.head.protocol == front::Protocol::kGrpc;
    const Prepared* prepared = find(call.head.path, call.body.size());
    if (prepared == nullptr) {
      if (is_grpc) {
        responder.reply(front::GrpcReply{front::GrpcCode::kUnimplemented, "not in the table", {}});
      } else {
        responder.reply(front::HttpReply{404, {}, {}});
      }
      return;
    }
    ByteChain body{{*prepared->body}, prepared->body};
    if (is_grpc) {
      responder.reply(front::GrpcReply{front::GrpcCode::kOk, "", std::move(body)});
    } else {
      responder.reply(front::HttpReply{200, prepared->headers, std::move(body)});
    }
  }

  std::unique_ptr<front::StreamReceiver> open(front::Call /*call*/, front::StreamSender /*sender*/) override {
    return nullptr;
  }

 private:
  const Prepared* find(std::string_view path, std::size_t length) const {
    const auto paths = table_.find(length);
    if (paths == table_.end()) return nullptr;
    const auto found = paths->second.find(path);
    return found == paths->second.end() ? nullptr : &found->second;
  }

  const Table table_;
};

std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument("not a port: " + std::string(text));
  }
  return port;
}

void serve(std::uint16_t grpc_port, std::uint16_t http_port, const std::string& table) {
  // Before there are threads, so that none of them takes the signal.
  sigset_t stop{};
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  front::ServerOptions options;
  if (grpc_port != 0) options.listen.push_back({"127.0.0.1", grpc_port, {true, false}});
  if (http_port != 0) options.listen.push_back({"127.0.0.1", http_port, {false, true}});
  Echo echo(read_table(table));
  front::Server server(options, echo);
  server.start();
  int signal = 0;
  sigwait(&stop, &signal);
}

}  // namespace
}  // namespace ovserve::bench

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw std::invalid_argument("expected GRPC_PORT HTTP_PORT TABLE");
    ovserve::bench::serve(ovserve::bench::port_of(argv[1]), ovserve::bench::port_of(argv[2]), argv[3]);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "echo_native: " << e.what() << '\n';
    return 1;
  }
}
