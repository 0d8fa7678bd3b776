#include "options.h"

#include <getopt.h>

#include <charconv>
#include <functional>
#include <limits>
#include <map>
#include <string_view>

namespace ovserve::bench {
namespace {

template <typename Number>
Number parse_number(const std::string& flag, std::string_view text, Number least = 0) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= least)) {
    throw UsageError("--" + flag + ": " + std::string(text) + " is not a number it can be");
  }
  return number;
}

Protocol parse_protocol(std::string_view text) {
  if (text == "grpc") return Protocol::kGrpc;
  if (text == "http1") return Protocol::kHttp1;
  throw UsageError("--protocol: expected grpc or http1, got " + std::string(text));
}

std::pair<std::string, std::string> parse_header(std::string_view text) {
  const auto colon = text.find(": ");
  if (colon == 0 || colon == std::string_view::npos) {
    throw UsageError("--header: expected \"Name: value\", got " + std::string(text));
  }
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 2))};
}

using Setter = std::function<void(Options&, const std::string&)>;

const std::map<std::string, Setter>& setters() {
  static const std::map<std::string, Setter> table = {
      {"protocol", [](Options& o, const std::string& v) { o.protocol = parse_protocol(v); }},
      {"host", [](Options& o, const std::string& v) { o.host = v; }},
      {"port", [](Options& o, const std::string& v) { o.port = parse_number<std::uint16_t>("port", v, 1); }},
      {"method", [](Options& o, const std::string& v) { o.method = v; }},
      {"path", [](Options& o, const std::string& v) { o.path = v; }},
      {"header", [](Options& o, const std::string& v) { o.headers.push_back(parse_header(v)); }},
      {"request", [](Options& o, const std::string& v) { o.request_file = v; }},
      {"expect", [](Options& o, const std::string& v) { o.expect_file = v; }},
      {"connections",
       [](Options& o, const std::string& v) { o.connections = parse_number<std::size_t>("connections", v, 1); }},
      {"in-flight",
       [](Options& o, const std::string& v) { o.in_flight = parse_number<std::size_t>("in-flight", v, 1); }},
      {"warmup-s",
       [](Options& o, const std::string& v) {
         o.warmup = std::chrono::duration<double>(parse_number<double>("warmup-s", v));
       }},
      {"duration-s",
       [](Options& o, const std::string& v) {
         o.duration = std::chrono::duration<double>(parse_number<double>("duration-s", v));
       }},
      {"count", [](Options& o, const std::string& v) { o.count = parse_number<std::uint64_t>("count", v); }},
      {"retry-s",
       [](Options& o, const std::string& v) {
         o.retry = std::chrono::duration<double>(parse_number<double>("retry-s", v));
       }},
      {"watch", [](Options& o, const std::string& v) { o.watch.push_back(parse_number<pid_t>("watch", v, 1)); }},
      {"hold", [](Options& o, const std::string&) { o.hold = true; }},
  };
  return table;
}

void check(const Options& options) {
  if (options.port == 0) throw UsageError("--port is missing");
  if (options.path.empty()) throw UsageError("--path is missing");
  if (options.request_file.empty()) throw UsageError("--request is missing: a file with the bytes to send");
  if (options.duration.count() == 0 && options.count == 0) throw UsageError("give --duration-s or --count");
  if (options.protocol == Protocol::kHttp1 && options.in_flight > options.connections) {
    throw UsageError("--in-flight " + std::to_string(options.in_flight) +
                     " needs as many --connections: " + "an HTTP/1.1 connection carries one request at a time");
  }
}

}  // namespace

Options parse_options(int argc, char** argv) {
  std::vector<option> known;
  for (const auto& [name, setter] : setters()) {
    known.push_back({name.c_str(), name == "hold" ? no_argument : required_argument, nullptr, 0});
  }
  known.push_back({nullptr, 0, nullptr, 0});

  Options options;
  opterr = 0;
  int index = 0;
  int found = 0;
  while ((found = getopt_long(argc, argv, ":", known.data(), &index)) != -1) {
    if (found != 0) throw UsageError(std::string(argv[optind - 1]) + ": unknown flag, or its value is missing");
    const std::string name = known[static_cast<std::size_t>(index)].name;
    setters().at(name)(options, optarg == nullptr ? "" : optarg);
  }
  if (optind < argc) throw UsageError(std::string(argv[optind]) + ": not a flag");
  check(options);
  return options;
}

}  // namespace ovserve::bench
