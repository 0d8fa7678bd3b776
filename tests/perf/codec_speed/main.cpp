#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cases.h"
#include "measurement/processor_time.h"

// The codec's JSON beside its limits: processor time, taken in turns, and the ratio of each turn.
// Prints one line of JSON.
namespace ovserve::bench {
namespace {

constexpr std::size_t kBytes = 2'500'000;
constexpr int kRepeats = 3;  // per turn: one alone is too short for a clock of a shared machine

double microseconds_of(const std::function<void()>& work) {
  const auto begin = processor_time({}).own;
  for (int i = 0; i < kRepeats; ++i) work();
  const std::chrono::duration<double, std::micro> spent = processor_time({}).own - begin;
  return spent.count() / kRepeats;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

nlohmann::json measure(const SpeedCase& speed_case, int rounds) {
  std::vector<double> codec;
  std::vector<double> limit;
  std::vector<double> ratios;
  for (int round = 0; round < rounds + 1; ++round) {
    const bool codec_first = round % 2 == 0;
    const double first = microseconds_of(codec_first ? speed_case.codec : speed_case.limit);
    const double second = microseconds_of(codec_first ? speed_case.limit : speed_case.codec);
    if (round == 0) continue;  // warms caches and the allocator up
    codec.push_back(codec_first ? first : second);
    limit.push_back(codec_first ? second : first);
    ratios.push_back(codec.back() / limit.back());
  }
  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  return {{"numbers", speed_case.name}, {"direction", speed_case.direction},
          {"bytes", speed_case.bytes},  {"codec_us", median(codec)},
          {"limit_us", median(limit)},  {"ratio", median(ratios)},
          {"ratio_low", *low},          {"ratio_high", *high}};
}

void run(int rounds) {
  nlohmann::json report = nlohmann::json::array();
  for (const auto& speed_case : speed_cases(kBytes)) report.push_back(measure(speed_case, rounds));
  std::cout << report.dump() << '\n';
}

int rounds_of(const std::vector<std::string_view>& arguments) {
  if (arguments.empty()) return 21;
  int rounds = 0;
  const std::string_view text = arguments.size() == 2 && arguments[0] == "--rounds" ? arguments[1] : "";
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rounds);
  if (error != std::errc() || end != text.data() + text.size() || rounds < 1) {
    throw std::runtime_error("usage: codec_speed [--rounds N]");
  }
  return rounds;
}

}  // namespace
}  // namespace ovserve::bench

int main(int argc, char** argv) {
  try {
    ovserve::bench::run(ovserve::bench::rounds_of({argv + 1, argv + argc}));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "codec_speed: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
