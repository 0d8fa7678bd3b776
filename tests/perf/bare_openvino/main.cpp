#include <unistd.h>

#include <charconv>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <openvino/runtime/core.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model_compiler.h"
#include "engine/model_source.h"
#include "engine/thread_binding.h"
#include "inference_loops.h"

// The limit: a model compiled as the server compiles it, run in a loop without any server around it.
// Prints one line of JSON like the load generator's.
namespace ovserve::bench {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> input_files;
  bool sync = false;
  std::uint32_t requests = 0;  ///< 0: as many as the server would make
  Span span;
};

double parse_number(std::string_view flag, std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0)) {
    throw std::runtime_error(std::string(flag) + ": " + std::string(text) + " is not a number it can be");
  }
  return number;
}

Options parse_options(const std::vector<std::string_view>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string_view flag = arguments[i];
    if (i + 1 == arguments.size()) throw std::runtime_error(std::string(flag) + ": the value is missing");
    const std::string_view value = arguments[i + 1];
    if (flag == "--model") {
      options.model = value;
    } else if (flag == "--input") {
      options.input_files.emplace_back(value);
    } else if (flag == "--mode" && (value == "sync" || value == "async")) {
      options.sync = value == "sync";
    } else if (flag == "--requests") {
      options.requests = static_cast<std::uint32_t>(parse_number(flag, value));
    } else if (flag == "--warmup-s") {
      options.span.warmup = std::chrono::duration<double>(parse_number(flag, value));
    } else if (flag == "--duration-s") {
      options.span.duration = std::chrono::duration<double>(parse_number(flag, value));
    } else {
      throw std::runtime_error(std::string(flag) + " " + std::string(value) + ": no such flag or value");
    }
  }
  if (options.model.empty()) throw std::runtime_error("--model is missing: an .xml file");
  return options;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void run(const Options& options) {
  std::vector<std::string> inputs;
  inputs.reserve(options.input_files.size());
  for (const auto& file : options.input_files) inputs.push_back(read_file(file));

  const auto began = Clock::now();
  leave_threads_unbound();
  ov::Core core;
  CompiledForServing compiled =
      compile_for_serving(core, ModelSource::from_graph(core.read_model(options.model)), ModelOptions{});
  const auto loaded = Clock::now();

  const std::uint32_t requests = options.sync ? 1 : options.requests != 0 ? options.requests : compiled.request_count;
  Measurement measurement({getpid()});
  if (options.sync) {
    run_one_by_one(compiled.model, inputs, options.span, measurement);
  } else {
    run_beside_each_other(compiled.model, inputs, requests, options.span, measurement);
  }
  nlohmann::json report = measurement.report();
  report.erase("client");  // the loop is what is measured
  report["load_s"] = std::chrono::duration<double>(loaded - began).count();
  report["streams"] = compiled.streams;
  report["infer_requests"] = requests;
  std::cout << report.dump() << '\n';
}

}  // namespace
}  // namespace ovserve::bench

int main(int argc, char** argv) {
  try {
    ovserve::bench::run(ovserve::bench::parse_options({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "bare_openvino: " << e.what() << '\n';
    return 1;
  }
}
