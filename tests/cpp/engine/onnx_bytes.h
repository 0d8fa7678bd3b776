#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ovserve::testing {

/// Writes the little of protobuf that an ONNX file needs. Message and field numbers: onnx.proto.
class OnnxMessage {
 public:
  OnnxMessage& number(unsigned field, std::uint64_t value) {
    varint(field << 3U);
    varint(value);
    return *this;
  }
  OnnxMessage& bytes(unsigned field, std::string_view value) {
    varint((field << 3U) | 2U);
    varint(value.size());
    content_.append(value);
    return *this;
  }
  OnnxMessage& message(unsigned field, const OnnxMessage& value) { return bytes(field, value.content_); }

  const std::string& content() const { return content_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) content_.push_back(static_cast<char>(value | 0x80U));
    content_.push_back(static_cast<char>(value));
  }

  std::string content_;
};

/// ValueInfoProto of a float tensor.
inline OnnxMessage onnx_float_value(std::string_view name, const std::vector<std::uint64_t>& shape) {
  OnnxMessage dimensions;
  for (const std::uint64_t size : shape) dimensions.message(1, OnnxMessage().number(1, size));
  const auto tensor = OnnxMessage().number(1, 1).message(2, dimensions);
  return OnnxMessage().bytes(1, name).message(2, OnnxMessage().message(1, tensor));
}

/// A model that adds `addend` to its input "b" [1, addend.size()] and calls the result "a".
inline std::string onnx_add_model(const std::vector<float>& addend) {
  const std::string_view raw(reinterpret_cast<const char*>(addend.data()), addend.size() * sizeof(float));
  const auto weights = OnnxMessage().number(1, addend.size()).number(2, 1).bytes(8, "addend").bytes(9, raw);
  const auto node = OnnxMessage().bytes(1, "b").bytes(1, "addend").bytes(2, "a").bytes(3, "add").bytes(4, "Add");
  const auto graph = OnnxMessage()
                         .message(1, node)
                         .bytes(2, "graph")
                         .message(5, weights)
                         .message(11, onnx_float_value("b", {1, addend.size()}))
                         .message(12, onnx_float_value("a", {1, addend.size()}));
  return OnnxMessage().number(1, 8).message(7, graph).message(8, OnnxMessage().bytes(1, "").number(2, 13)).content();
}

}  // namespace ovserve::testing
