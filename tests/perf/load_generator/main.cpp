#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "http1_connection.h"
#include "http2_connection.h"
#include "load.h"
#include "options.h"

// Sends prepared requests to a gRPC or HTTP/1.1 server and prints what came of it as one line of JSON.
// docs/benchmarks.md has the flags.
namespace ovserve::bench {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A message as gRPC frames it: not compressed, then its length in 4 bytes, big end first.
std::string with_grpc_prefix(const std::string& message) {
  std::string prefixed(1, '\0');
  for (const unsigned shift : {24U, 16U, 8U, 0U}) prefixed += static_cast<char>(message.size() >> shift);
  return prefixed + message;
}

std::string body_of(const Options& options, const std::string& file) {
  return options.protocol == Protocol::kGrpc ? with_grpc_prefix(read_file(file)) : read_file(file);
}

int run(const Options& options) {
  const std::string body = body_of(options, options.request_file);
  const std::string expected_body = options.expect_file.empty() ? "" : body_of(options, options.expect_file);
  const std::string_view expected_view = expected_body;
  const std::string_view* expected = options.expect_file.empty() ? nullptr : &expected_view;

  const GrpcRequest grpc(options, body, expected);
  const Http1Request http1{http1_head(options, body.size()), body, expected};
  Load load(options, [&](std::size_t index, OutcomeListener& listener) -> std::unique_ptr<Connection> {
    if (options.protocol == Protocol::kGrpc) return std::make_unique<Http2Connection>(options, index, grpc, listener);
    return std::make_unique<Http1Connection>(options, index, http1, listener);
  });
  std::cout << load.run().report().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n' << std::flush;
  if (options.hold) load.hold();
  return 0;
}

}  // namespace
}  // namespace ovserve::bench

int main(int argc, char** argv) {
  try {
    return ovserve::bench::run(ovserve::bench::parse_options(argc, argv));
  } catch (const ovserve::bench::UsageError& e) {
    std::cerr << "load_generator: " << e.what() << '\n';
    return 64;
  } catch (const std::exception& e) {
    std::cerr << "load_generator: " << e.what() << '\n';
    return 1;
  }
}
