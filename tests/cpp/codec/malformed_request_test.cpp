// Bytes that no client library would send: every function either answers or throws Error, and under
// the sanitizers never reads what is not its own.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "codec/kserve_grpc.h"
#include "codec/kserve_rest.h"
#include "codec/message_builder.h"
#include "codec/test_signatures.h"
#include "codec/tfs_grpc.h"
#include "codec/tfs_rest.h"

namespace ovserve {
namespace {

using testing::bytes_of;
using testing::Message;
using Parse = std::function<void(std::string_view)>;

std::string predict_request() {
  const Message shape = Message().message(2, Message().varint(1, 2)).message(2, Message().varint(1, ~0ULL));
  const Message raw = Message().varint(1, 1).message(2, shape).bytes(4, bytes_of<float>({1, 2}));
  const Message typed = Message().varint(1, 3).message(2, shape).bytes(7, "\x01\x96\x01").varint(7, 5);
  const Message strings = Message().varint(1, 7).message(2, shape).bytes(8, "one").bytes(8, "two");
  return Message()
      .message(1, Message().bytes(1, "model").message(2, Message().varint(1, 300)).bytes(3, "signature"))
      .message(2, Message().bytes(1, "raw").message(2, raw))
      .message(2, Message().bytes(1, "typed").message(2, typed))
      .message(2, Message().bytes(1, "strings").message(2, strings))
      .tag(9, 3)
      .varint(1, 1)
      .tag(9, 4)
      .wire();
}

std::string infer_request(bool raw) {
  Message numbers = Message().bytes(1, "n").bytes(2, "INT64").bytes(3, "\x02");
  Message strings = Message().bytes(1, "s").bytes(2, "BYTES").varint(3, 1);
  if (!raw) {
    numbers.message(5, Message().bytes(3, "\x01\x96\x01"));
    strings.message(5, Message().bytes(8, "one"));
  }
  Message request = Message().bytes(1, "m").bytes(2, "12").bytes(3, "id").message(5, numbers).message(5, strings);
  request.message(6, Message().bytes(1, "output"));
  if (raw) request.bytes(7, bytes_of<std::int64_t>({1, 2})).bytes(7, {"\x03\x00\x00\x00one", 7});
  return request.wire();
}

// The JSON object and two tensors behind it: one with its size given, one measured by its elements.
constexpr std::string_view kKserveJson =
    R"({"inputs": [{"data": [[1, NaN], [-Infinity, 4]], "name": "f", "shape": [2, 2], "datatype": "FP32"},
{"name": "i", "shape": [2], "datatype": "INT16", "parameters": {"binary_data_size": 4}},
{"name": "s", "shape": [2], "datatype": "BYTES"}],
"id": "1", "outputs": [{"name": "a", "parameters": {"binary_data": true}}], "parameters": {"binary_data_output": true}})";
constexpr std::string_view kKserveTensors("\x01\x02\x03\x04\x03\x00\x00\x00one\x00\x00\x00\x00", 15);

struct Case {
  std::string name;
  std::string request;
  Parse parse;
};

std::vector<Case> cases() {
  const Parse rest = [](std::string_view body) { tfs_rest::parse_predict(body, testing::three_input_signature()); };
  const Parse kserve_json = [](std::string_view body) { kserve_rest::parse_infer(body, std::nullopt); };
  // The JSON object is always as long as it was; mutations of its length move bytes across the border.
  const Parse kserve_binary = [](std::string_view body) { kserve_rest::parse_infer(body, kKserveJson.size()); };
  return {
      {"kserve rest", R"({"inputs": [{"name": "s", "datatype": "BYTES", "shape": [2], "data": ["a\u00e9", "b"]}]})",
       kserve_json},
      {"kserve rest binary", std::string(kKserveJson).append(kKserveTensors), kserve_binary},
      {"predict", predict_request(), tfs_grpc::parse_predict_request},
      {"metadata", Message().message(1, Message().bytes(1, "m")).bytes(2, "signature_def").wire(),
       tfs_grpc::parse_metadata_request},
      {"status", Message().message(1, Message().bytes(1, "m").message(2, Message().varint(1, 1))).wire(),
       tfs_grpc::parse_status_request},
      {"infer raw", infer_request(true), kserve_grpc::parse_infer_request},
      {"infer typed", infer_request(false), kserve_grpc::parse_infer_request},
      {"model name", Message().bytes(1, "m").bytes(2, "1").wire(), kserve_grpc::parse_model_name},
      {"health", Message().bytes(1, "service").wire(), kserve_grpc::parse_health_request},
      {"rest columns", R"({"inputs": {"f": [[1.5, -2e3], [3, 4]], "i": [1, 2], "s": ["a\u00e9", {"b64": "AQID"}]}})",
       rest},
      {"rest rows", R"({"x": [null, {"y": true}], "instances": [{"f": [1, 2], "i": 7, "s": "a"}]})", rest},
  };
}

// Parses a copy that ends where its heap block ends. Only Error may come out.
bool accepts(const Parse& parse, std::string_view request) {
  const std::unique_ptr<char[]> block(new char[request.size()]);
  std::copy(request.begin(), request.end(), block.get());
  try {
    parse({block.get(), request.size()});
    return true;
  } catch (const Error& error) {
    EXPECT_TRUE(error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kFailedPrecondition);
    return false;
  }
}

TEST(MalformedRequest, WholeOnesAreAccepted) {
  for (const Case& c : cases()) EXPECT_TRUE(accepts(c.parse, c.request)) << c.name;
}

TEST(MalformedRequest, EveryTruncationIsSurvived) {
  for (const Case& c : cases()) {
    for (std::size_t size = 0; size < c.request.size(); ++size) {
      accepts(c.parse, std::string_view(c.request).substr(0, size));
    }
  }
}

TEST(MalformedRequest, EveryByteMayHaveEveryValue) {
  for (const Case& c : cases()) {
    for (std::size_t position = 0; position < c.request.size(); ++position) {
      std::string request = c.request;
      for (int value = 0; value < 256; ++value) {
        request[position] = static_cast<char>(value);
        accepts(c.parse, request);
      }
    }
  }
}

TEST(MalformedRequest, RandomMutationsAreSurvived) {
  std::mt19937 random(20240607);  // NOLINT: the same sequence in each run
  for (const Case& c : cases()) {
    for (int round = 0; round < 3000; ++round) {
      std::string request = c.request;
      const std::size_t edits = 1 + random() % 6;
      for (std::size_t edit = 0; edit < edits && !request.empty(); ++edit) {
        const std::size_t position = random() % request.size();
        switch (random() % 3) {
          case 0:
            request[position] = static_cast<char>(random());
            break;
          case 1:
            request.erase(position, random() % 4);
            break;
          default:
            request.insert(position, request.substr(random() % request.size(), random() % 8));
        }
      }
      accepts(c.parse, request);
    }
  }
}

}  // namespace
}  // namespace ovserve
