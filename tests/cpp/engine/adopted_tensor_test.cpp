#include "engine/adopted_tensor.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::buffer_of;

TEST(AdoptedTensor, IsTheBufferItself) {
  const Buffer buffer = buffer_of("weights");
  const ov::Tensor tensor = adopt(buffer);
  EXPECT_EQ(tensor.data(), buffer.data);
  EXPECT_EQ(tensor.get_byte_size(), 7U);
  EXPECT_EQ(tensor.get_element_type(), ov::element::u8);
}

TEST(AdoptedTensor, LetsTheOwnerGoWithItsLastCopy) {
  Buffer buffer = buffer_of("weights");
  const std::weak_ptr<const void> owner = buffer.owner;
  ov::Tensor first = adopt(std::move(buffer));
  ov::Tensor second = first;
  first = {};
  EXPECT_FALSE(owner.expired());
  second = {};
  EXPECT_TRUE(owner.expired());
}

TEST(AdoptedTensor, TakesAnEmptyBuffer) { EXPECT_EQ(adopt({}).get_byte_size(), 0U); }

TEST(AdoptedTensor, ConstantsOfAReadModelLieInTheBufferAndKeepIt) {
  auto [xml, weights] = testing::serialize(testing::table(1000));
  Buffer buffer = buffer_of(std::move(weights));
  const std::uint8_t* const begin = buffer.data;
  const std::uint8_t* const end = begin + buffer.size;
  const std::weak_ptr<const void> owner = buffer.owner;
  ov::Core core;
  std::shared_ptr<ov::Model> model = core.read_model(xml, adopt(std::move(buffer)));
  int constants = 0;
  for (const auto& node : model->get_ops()) {
    const auto constant = std::dynamic_pointer_cast<testing::opset::Constant>(node);
    if (constant == nullptr || constant->get_byte_size() < 1000) continue;
    const auto* data = static_cast<const std::uint8_t*>(constant->get_data_ptr());
    EXPECT_GE(data, begin);
    EXPECT_LE(data + constant->get_byte_size(), end);
    ++constants;
  }
  EXPECT_EQ(constants, 1);
  EXPECT_FALSE(owner.expired());
  model.reset();
  EXPECT_TRUE(owner.expired());
}

}  // namespace
}  // namespace ovserve
