#pragma once

#include <functional>
#include <string>
#include <vector>

namespace ovserve::bench {

/// One call into the codec whose instructions are counted.
struct Case {
  std::string name;  ///< protocol, size and direction: "tfs_grpc/tiny/parse"
  int repetitions = 1;
  std::function<void()> call;
};

/// Reading a request and writing a reply, for each protocol, with one tensor of 10 numbers (tiny) and
/// with one of 2.5 MB (large: of the raw bytes, or of the text where numbers travel as JSON).
std::vector<Case> codec_cases();

}  // namespace ovserve::bench
