#include "codec/kserve_rest_binary_section.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/error_expectation.h"
#include "codec/tensor_content.h"

namespace ovserve::kserve_rest {
namespace {

using testing::error_of;

RequestTensor described(ElementType type, Shape shape) {
  RequestTensor tensor;
  tensor.name = std::string("x");
  tensor.type = type;
  tensor.shape = std::move(shape);
  return tensor;
}

TEST(BinarySection, TakesNumbersWhereTheyAre) {
  const std::string bytes = "12345678";
  BinarySection section(bytes);
  RequestTensor first = described(ElementType::kU8, {3});
  section.take(first, std::nullopt);
  EXPECT_EQ(first.data, bytes.data());
  EXPECT_EQ(first.bytes, 3U);
  EXPECT_EQ(first.content, RequestTensor::Content::kRaw);
  RequestTensor second = described(ElementType::kF32, {1});
  section.take(second, 5);
  EXPECT_EQ(second.data, bytes.data() + 3);
  EXPECT_EQ(second.bytes, 5U);
  section.check_end();
}

TEST(BinarySection, MeasuresStringsByTheirLengths) {
  const std::string bytes("\x03\x00\x00\x00one\x00\x00\x00\x00rest", 15);
  BinarySection section(bytes);
  RequestTensor strings = described(ElementType::kString, {2});
  section.take(strings, std::nullopt);
  EXPECT_EQ(testing::texts(strings), (std::vector<std::string>{"one", ""}));
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, [&] { section.check_end(); }),
            "Invalid binary data - 4 bytes follow the last input that \"inputs\" has no \"data\" for");
}

TEST(BinarySection, RefusesStringsThatAreCutShort) {
  const std::string bytes("\x03\x00\x00\x00one\x05\x00\x00\x00two", 14);
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    if (size == 7) continue;
    BinarySection section(std::string_view(bytes).substr(0, size));
    RequestTensor strings = described(ElementType::kString, {2});
    const std::string text = error_of(ErrorCode::kInvalidArgument, [&] { section.take(strings, std::nullopt); });
    EXPECT_NE(text.find("is cut short"), std::string::npos) << text;
  }
}

TEST(BinarySection, TheRestIsOneStringWithOrWithoutItsLength) {
  const auto rest = [](std::string_view bytes) {
    BinarySection section(bytes);
    RequestTensor tensor = described(ElementType::kString, {1});
    section.take_rest_as_string(tensor);
    section.check_end();
    return testing::texts(tensor);
  };
  const std::string prefixed("\x03\x00\x00\x00one", 7);
  EXPECT_EQ(rest(prefixed), (std::vector<std::string>{"one"}));
  EXPECT_EQ(rest("one"), (std::vector<std::string>{"one"}));
  EXPECT_EQ(rest(prefixed + "more"), (std::vector<std::string>{prefixed + "more"}));
  EXPECT_EQ(rest(std::string(4, '\0')), (std::vector<std::string>{""}));
  EXPECT_EQ(rest(""), (std::vector<std::string>{""}));
}

TEST(BinarySection, RefusesWhatIsNotThere) {
  BinarySection section("1234567");
  const auto refusal = [&](ElementType type, Shape shape, std::optional<std::size_t> size) {
    RequestTensor tensor = described(type, std::move(shape));
    return error_of(ErrorCode::kInvalidArgument, [&] { section.take(tensor, size); });
  };
  EXPECT_EQ(refusal(ElementType::kF64, {1}, std::nullopt),
            "Invalid binary data - Expected: 8 bytes; Actual: 7 bytes are left in the body; input name: x");
  EXPECT_NE(refusal(ElementType::kU8, {1}, ~std::size_t{0}).find("Actual: 7 bytes"), std::string::npos);
  EXPECT_NE(refusal(ElementType::kF64, {1'099'511'627'776, 1'099'511'627'776}, std::nullopt).find("more elements"),
            std::string::npos);
  EXPECT_NE(refusal(ElementType::kUndefined, {1}, std::nullopt).find("\"binary_data_size\" is needed"),
            std::string::npos);
}

}  // namespace
}  // namespace ovserve::kserve_rest
