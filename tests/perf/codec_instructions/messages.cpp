#include "messages.h"

#include <array>
#include <charconv>
#include <initializer_list>
#include <random>
#include <string_view>

#include "codec/message_builder.h"

namespace ovserve::bench {
namespace {

using ovserve::testing::Message;

constexpr std::uint64_t kTensorFlowFloat = 1;

// Joined this way because GCC 12 takes "literal" + std::string for an overlapping copy.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) text.append(part);
  return text;
}

std::string shape_text(const Sample& sample) {
  return joined({"[", std::to_string(sample.shape()[0]), ",", std::to_string(sample.shape()[1]), "]"});
}

}  // namespace

Sample::Sample(std::int64_t elements) : shape_{1, elements} {
  const std::vector<Dimension> dimensions = {Dimension::fixed(1), Dimension::fixed(elements)};
  signature_.inputs.push_back({"b", ElementType::kF32, dimensions, false});
  signature_.outputs.push_back({"a", ElementType::kF32, dimensions, false});
  // The generator's numbers are the same everywhere, those of the standard's distributions are not.
  std::mt19937 random(1);
  for (std::int64_t i = 0; i < elements; ++i) {
    values_.push_back(static_cast<float>(static_cast<double>(random()) / (1U << 30U) - 2.0));
  }
}

TensorView Sample::view() const noexcept {
  return {ElementType::kF32, shape_, values_.data(), values_.size() * sizeof(float)};
}

std::string Sample::raw() const { return {reinterpret_cast<const char*>(values_.data()), view().bytes}; }

std::string Sample::numbers_as_text() const {
  std::string text;
  std::array<char, 32> buffer{};
  for (const float value : values_) {
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    if (!text.empty()) text += ',';
    text.append(buffer.data(), written.ptr);
  }
  return text;
}

std::string tfs_grpc_request(const Sample& sample) {
  Message shape;
  for (const std::int64_t size : sample.shape()) {
    shape.message(2, Message().varint(1, static_cast<std::uint64_t>(size)));
  }
  const Message tensor = Message().varint(1, kTensorFlowFloat).message(2, shape).bytes(4, sample.raw());
  return Message()
      .message(1, Message().bytes(1, "model"))
      .message(2, Message().bytes(1, "b").message(2, tensor))
      .wire();
}

std::string kserve_grpc_request(const Sample& sample) {
  Message shape;
  for (const std::int64_t size : sample.shape()) shape.bare_varint(static_cast<std::uint64_t>(size));
  const Message input = Message().bytes(1, "b").bytes(2, "FP32").bytes(3, shape.wire());
  return Message().bytes(1, "model").message(5, input).bytes(7, sample.raw()).wire();
}

std::string tfs_rest_request(const Sample& sample) {
  return joined({R"({"inputs":[[)", sample.numbers_as_text(), "]]}"});
}

std::string kserve_rest_json_request(const Sample& sample) {
  return joined({R"({"inputs":[{"name":"b","datatype":"FP32","shape":)", shape_text(sample), R"(,"data":[)",
                 sample.numbers_as_text(), "]}]}"});
}

BinaryRequest kserve_rest_binary_request(const Sample& sample) {
  const std::string raw = sample.raw();
  const std::string head = joined({R"({"inputs":[{"name":"b","datatype":"FP32","shape":)", shape_text(sample),
                                   R"(,"parameters":{"binary_data_size":)", std::to_string(raw.size()), "}}]}"});
  return {joined({head, raw}), head.size()};
}

}  // namespace ovserve::bench
