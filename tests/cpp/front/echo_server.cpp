// A server that answers with what it got: the limit that others are measured against, and the other
// side of tests in Python. Prints its ports, then serves until its standard input ends.
//
//   front_echo [--threads N] [--grpc-port P] [--http-port P] [--shared] [--compress] [--any] [--limit NAME=VALUE]...

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "base/log.h"
#include "echo_handler.h"
#include "front/server.h"

namespace {

using ovserve::front::EchoHandler;
using ovserve::front::Limits;
using ovserve::front::Protocols;
using ovserve::front::Server;
using ovserve::front::ServerOptions;

long long number(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument("not a number: " + std::string(text));
  }
  return value;
}

void set_limit(Limits& limits, std::string_view assignment) {
  const auto equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  const long long value = number(assignment.substr(equals + 1));
  const auto size = static_cast<std::size_t>(value);
  const std::chrono::milliseconds time(value);
  if (name == "connections")
    limits.connections = size;
  else if (name == "streams")
    limits.streams_per_connection = size;
  else if (name == "head")
    limits.head_bytes = size;
  else if (name == "body")
    limits.message_bytes = limits.body_bytes = size;
  else if (name == "memory")
    limits.memory_bytes = size;
  else if (name == "window")
    limits.stream_window = size;
  else if (name == "head-timeout")
    limits.head_timeout = time;
  else if (name == "body-timeout")
    limits.body_timeout = time;
  else if (name == "write-timeout")
    limits.write_timeout = time;
  else if (name == "http1-idle")
    limits.http1_idle_timeout = time;
  else if (name == "http2-idle")
    limits.http2_idle_timeout = time;
  else if (name == "keepalive")
    limits.keepalive_interval = time;
  else if (name == "keepalive-timeout")
    limits.keepalive_timeout = time;
  else
    throw std::invalid_argument("unknown limit: " + std::string(name));
}

struct Arguments {
  ServerOptions options;
  std::uint16_t grpc_port = 0;
  std::uint16_t http_port = 0;
  bool shared = false;
  bool any = false;
};

Arguments read(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = values[i];
    const auto value = [&]() -> std::string_view {
      if (++i == count) throw std::invalid_argument(std::string(name) + " needs a value");
      return values[i];
    };
    if (name == "--threads")
      arguments.options.io_threads = static_cast<int>(number(value()));
    else if (name == "--grpc-port")
      arguments.grpc_port = static_cast<std::uint16_t>(number(value()));
    else if (name == "--http-port")
      arguments.http_port = static_cast<std::uint16_t>(number(value()));
    else if (name == "--shared")
      arguments.shared = true;
    else if (name == "--compress")
      arguments.options.compress_replies = true;
    else if (name == "--any")
      arguments.any = true;
    else if (name == "--limit")
      set_limit(arguments.options.limits, value());
    else
      throw std::invalid_argument("unknown argument: " + std::string(name));
  }
  const std::string host = "127.0.0.1";
  if (arguments.shared) {
    arguments.options.listen = {{host, arguments.grpc_port, Protocols{true, true}}};
  } else {
    arguments.options.listen = {{host, arguments.grpc_port, Protocols{true, false}},
                                {host, arguments.http_port, Protocols{false, true}}};
  }
  return arguments;
}

}  // namespace

int main(int count, char** values) {
  try {
    ovserve::set_log_sink([](ovserve::LogLevel, std::string_view logger, std::string_view text) {
      std::cerr << logger << ": " << text << '\n';
    });
    const Arguments arguments = read(count, values);
    EchoHandler handler(arguments.any);
    Server server(arguments.options, handler);
    server.start();
    for (const auto port : server.ports()) std::cout << port << '\n';
    std::cout.flush();
    while (std::getchar() != EOF) continue;
    server.stop(std::chrono::seconds(5));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
