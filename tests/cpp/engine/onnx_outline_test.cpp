#include "engine/onnx_outline.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/onnx_bytes.h"

namespace ovserve {
namespace {

bool has_outline(std::string_view bytes) {
  return has_onnx_outline({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

TEST(OnnxOutline, IsThatOfAnOnnxFile) { EXPECT_TRUE(has_outline(testing::onnx_add_model({1, 2, 3}))); }

TEST(OnnxOutline, IsMissingWhereTheFileIsCutOff) {
  const std::string model = testing::onnx_add_model({1, 2, 3});
  // The last 6 bytes are the operator set: without it whole, the fields still end where the bytes do once.
  const std::size_t whole_without_operator_set = model.size() - 6;
  for (std::size_t size = 0; size < model.size(); ++size) {
    EXPECT_EQ(has_outline(std::string_view(model).substr(0, size)), size == whole_without_operator_set) << size;
  }
}

TEST(OnnxOutline, IsNotThatOfOtherBytes) {
  using namespace std::string_view_literals;
  EXPECT_FALSE(has_outline("<?xml version=\"1.0\"?>"));
  EXPECT_FALSE(has_outline("garbage"));
  EXPECT_FALSE(has_outline("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));
  EXPECT_FALSE(has_outline("\x00\x00\x00\x00"sv));
  EXPECT_FALSE(has_outline("\x08\x08"));                                  // no graph
  EXPECT_FALSE(has_outline("\x3A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"));  // a graph larger than memory
}

}  // namespace
}  // namespace ovserve
