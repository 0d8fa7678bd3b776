#include <valgrind/callgrind.h>

#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cases.h"

// Runs under `valgrind --tool=callgrind --instr-atstart=no`, which writes one dump per case, named
// after it. Prints how often each case was repeated, as one line of JSON.
int main() {
  if (RUNNING_ON_VALGRIND == 0) {
    std::cerr << "codec_instructions: counts nothing by itself; run it under valgrind --tool=callgrind\n";
    return 1;
  }
  try {
    nlohmann::json repetitions;
    for (const auto& [name, count, call] : ovserve::bench::codec_cases()) {
      call();  // what is allocated or looked up once
      CALLGRIND_START_INSTRUMENTATION;
      for (int i = 0; i < count; ++i) call();
      CALLGRIND_STOP_INSTRUMENTATION;
      CALLGRIND_DUMP_STATS_AT(name.c_str());
      repetitions[name] = count;
    }
    std::cout << repetitions.dump() << '\n';
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "codec_instructions: " << e.what() << '\n';
    return 1;
  }
}
