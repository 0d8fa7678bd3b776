#include "cases.h"

#include <array>
#include <memory>
#include <span>
#include <utility>

#include "codec/kserve_grpc.h"
#include "codec/kserve_rest.h"
#include "codec/tfs_grpc.h"
#include "codec/tfs_rest.h"
#include "messages.h"

namespace ovserve::bench {
namespace {

constexpr std::int64_t kTiny = 10;
constexpr std::int64_t kRawNumbers = 625'000;   // 2.5 MB of bytes
constexpr std::int64_t kTextNumbers = 222'000;  // 2.5 MB of text

// Where replies go: memory that is there already, so that only the codec's own work counts.
class ReadySink : public ByteSink {
 public:
  explicit ReadySink(std::size_t capacity) : block_(capacity) {}
  char* allocate(std::size_t) override { return block_.data(); }

 private:
  std::vector<char> block_;
};

struct Size {
  std::string name;
  int repetitions = 1;
  std::shared_ptr<const Sample> raw;
  std::shared_ptr<const Sample> text;
};

class Cases {
 public:
  void add(const std::string& protocol, const Size& size, const char* direction, std::function<void()> call) {
    cases_.push_back({protocol + "/" + size.name + "/" + direction, size.repetitions, std::move(call)});
  }
  std::vector<Case> take() { return std::move(cases_); }

 private:
  std::vector<Case> cases_;
};

std::shared_ptr<ReadySink> sink_for(const Sample& sample) {
  return std::make_shared<ReadySink>(sample.view().bytes + 4096);
}

void add_grpc(Cases& cases, const Size& size) {
  const auto sample = size.raw;
  const auto sink = sink_for(*sample);
  cases.add("tfs_grpc", size, "parse", [wire = tfs_grpc_request(*sample)] { tfs_grpc::parse_predict_request(wire); });
  cases.add("tfs_grpc", size, "write", [sample, sink] {
    const std::array outputs = {sample->view()};
    tfs_grpc::write_predict_response("model", 1, sample->signature(), outputs, *sink);
  });
  cases.add("kserve_grpc", size, "parse",
            [wire = kserve_grpc_request(*sample)] { kserve_grpc::parse_infer_request(wire); });
  cases.add("kserve_grpc", size, "write", [sample, sink] {
    const std::array outputs = {sample->view()};
    const std::array<std::size_t, 1> all = {0};
    kserve_grpc::write_infer_response({"model", 1, "", sample->signature(), outputs, all}, *sink);
  });
}

void add_kserve_rest(Cases& cases, const Size& size, const char* protocol, bool binary) {
  const auto sample = binary ? size.raw : size.text;
  const BinaryRequest request =
      binary ? kserve_rest_binary_request(*sample) : BinaryRequest{kserve_rest_json_request(*sample), 0};
  cases.add(protocol, size, "parse", [request] {
    const auto header = request.header_length != 0 ? std::optional(request.header_length) : std::nullopt;
    kserve_rest::parse_infer(request.body, header);
  });
  const auto sink = std::make_shared<ReadySink>(request.body.size() * 2 + 4096);
  cases.add(protocol, size, "write", [sample, sink, binary] {
    const std::array outputs = {sample->view()};
    const std::array selected = {kserve_rest::SelectedOutput{0, binary}};
    kserve_rest::write_infer("model", 1, std::nullopt, sample->signature(), outputs, selected, *sink);
  });
}

void add_tfs_rest(Cases& cases, const Size& size) {
  const auto sample = size.text;
  cases.add("tfs_rest", size, "parse",
            [sample, body = tfs_rest_request(*sample)] { tfs_rest::parse_predict(body, sample->signature()); });
  cases.add("tfs_rest", size, "write", [sample] {
    const std::array outputs = {sample->view()};
    tfs_rest::write_predict(tfs_rest::Format::kColumn, sample->signature(), outputs);
  });
}

}  // namespace

std::vector<Case> codec_cases() {
  const auto tiny = std::make_shared<Sample>(kTiny);
  const std::array sizes = {Size{"tiny", 1000, tiny, tiny}, Size{"large", 1, std::make_shared<Sample>(kRawNumbers),
                                                                 std::make_shared<Sample>(kTextNumbers)}};
  Cases cases;
  for (const Size& size : sizes) {
    add_grpc(cases, size);
    add_kserve_rest(cases, size, "kserve_rest_json", false);
    add_kserve_rest(cases, size, "kserve_rest_binary", true);
    add_tfs_rest(cases, size);
  }
  return cases.take();
}

}  // namespace ovserve::bench
