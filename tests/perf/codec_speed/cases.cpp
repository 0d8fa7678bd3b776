#include "cases.h"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/signature.h"
#include "base/tensor.h"
#include "codec/json_tensor_writer.h"
#include "codec/tfs_rest.h"

namespace ovserve::bench {
namespace {

constexpr std::size_t kLongestNumber = 32;

// Numbers of one kind, as a tensor and as text, and a model that takes them.
template <class Number>
struct Sample {
  Sample(ElementType type, std::size_t bytes, const std::function<Number(std::mt19937_64&)>& next) {
    std::mt19937_64 random(1);  // NOLINT(bugprone-random-generator-seed): every run measures the same
    body = R"({"inputs":)";
    std::string text = "[";
    std::array<char, kLongestNumber> buffer{};
    while (text.size() < bytes) {
      numbers.push_back(next(random));
      const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), numbers.back());
      if (numbers.size() > 1) text += ',';
      text.append(buffer.data(), written.ptr);
    }
    text += ']';
    body.append(text).append("}");
    const auto count = static_cast<std::int64_t>(numbers.size());
    signature.inputs.push_back({"b", type, {Dimension::fixed(count)}, false});
    shape = {count};
    view = {type, shape, numbers.data(), numbers.size() * sizeof(Number)};
    padded = simdjson::padded_string(body);
    place.resize(numbers.size());
    text_place.resize(numbers.size() * (kLongestNumber + 1));
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  std::vector<Number> numbers;
  std::string body;
  Signature signature;
  Shape shape;
  TensorView view;
  // What the limits work on.
  simdjson::padded_string padded;
  simdjson::ondemand::parser parser;
  std::vector<Number> place;
  std::string text_place;
};

template <class Number>
void read_by_codec(const Sample<Number>& sample) {
  const auto parsed = tfs_rest::parse_predict(sample.body, sample.signature);
  const RequestTensor& tensor = parsed.inputs.at(0);
  if (tensor.bytes != sample.view.bytes || std::memcmp(tensor.data, sample.view.data, tensor.bytes) != 0) {
    throw std::runtime_error("the codec read other numbers than were written");
  }
}

template <class Number>
void read_by_simdjson(Sample<Number>& sample) {
  auto document = sample.parser.iterate(sample.padded);
  Number* place = sample.place.data();
  for (auto value : document["inputs"].get_array()) {
    if constexpr (std::is_floating_point_v<Number>) {
      *place++ = static_cast<Number>(double{value.get_double()});
    } else {
      *place++ = static_cast<Number>(std::int64_t{value.get_int64()});
    }
  }
  if (static_cast<std::size_t>(place - sample.place.data()) != sample.numbers.size()) {
    throw std::runtime_error("simdjson read other numbers than were written");
  }
}

template <class Number>
void write_by_codec(const Sample<Number>& sample) {
  std::string text;
  json::append_tensor(text, sample.view);
  if (!text.ends_with(']')) throw std::runtime_error("the codec did not write an array");
}

template <class Number>
void write_by_to_chars(Sample<Number>& sample) {
  char* to = sample.text_place.data();
  char* const limit = to + sample.text_place.size();
  for (const Number number : sample.numbers) {
    to = std::to_chars(to, limit, number).ptr;
    *to++ = ',';
  }
  if (to[-1] != ',') throw std::runtime_error("std::to_chars did not write");
}

template <class Number>
void add(std::vector<SpeedCase>& cases, const std::string& name, ElementType type, std::size_t bytes,
         const std::function<Number(std::mt19937_64&)>& next) {
  const auto sample = std::make_shared<Sample<Number>>(type, bytes, next);
  cases.push_back({name, "read", sample->body.size(), [sample] { read_by_codec(*sample); },
                   [sample] { read_by_simdjson(*sample); }});
  cases.push_back({name, "write", sample->body.size(), [sample] { write_by_codec(*sample); },
                   [sample] { write_by_to_chars(*sample); }});
}

double between_minus_two_and_two(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11U) / static_cast<double>(std::uint64_t{1} << 51U) - 2.0;
}

}  // namespace

std::vector<SpeedCase> speed_cases(std::size_t bytes) {
  std::vector<SpeedCase> cases;
  add<float>(cases, "f32", ElementType::kF32, bytes,
             [](auto& random) { return static_cast<float>(between_minus_two_and_two(random)); });
  // Pixels and probabilities as clients round them.
  add<float>(cases, "f32_short", ElementType::kF32, bytes, [](auto& random) {
    return static_cast<float>(std::round(between_minus_two_and_two(random) * 1000) / 1000);
  });
  add<double>(cases, "f64", ElementType::kF64, bytes, between_minus_two_and_two);
  add<std::int32_t>(cases, "i32_small", ElementType::kI32, bytes,
                    [](auto& random) { return static_cast<std::int32_t>(random() % 256); });
  add<std::int64_t>(cases, "i64", ElementType::kI64, bytes,
                    [](auto& random) { return static_cast<std::int64_t>(random()); });
  return cases;
}

}  // namespace ovserve::bench
