#include "customloaderinterface.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <type_traits>
#include <vector>

namespace ovms {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Text = std::string;

// Notes which function was called, and with what.
class RecordingLoader : public CustomLoaderInterface {
 public:
  explicit RecordingLoader(std::vector<Text>& calls) : calls_(calls) {}
  ~RecordingLoader() override { calls_.emplace_back("destructor"); }

  CustomLoaderStatus loaderInit(const Text& file) override { return note("loaderInit " + file); }
  CustomLoaderStatus loadModel(const Text& name, const Text& base_path, const int version, const Text& options,
                               Bytes& model, Bytes& weights) override {
    model.push_back(1);
    weights.push_back(2);
    return note("loadModel " + name + " " + base_path + " " + std::to_string(version) + " " + options);
  }
  CustomLoaderStatus getModelBlacklistStatus(const Text& name, const int version) override {
    return note("getModelBlacklistStatus " + name + " " + std::to_string(version));
  }
  CustomLoaderStatus unloadModel(const Text& name, const int version) override {
    return note("unloadModel " + name + " " + std::to_string(version));
  }
  CustomLoaderStatus retireModel(const Text& name) override { return note("retireModel " + name); }
  CustomLoaderStatus loaderDeInit() override { return note("loaderDeInit"); }

 private:
  CustomLoaderStatus note(const Text& call) {
    calls_.push_back(call);
    return static_cast<CustomLoaderStatus>(calls_.size() + 100);
  }

  std::vector<Text>& calls_;
};

// The function at a place of an object's virtual table, as the Itanium C++ ABI lays it out.
template <typename Function>
Function* slot(CustomLoaderInterface* object, std::size_t place) {
  void** table = *reinterpret_cast<void***>(object);  // NOLINT(clang-analyzer-core.uninitialized.Assign)
  return reinterpret_cast<Function*>(table[place]);
}

TEST(CustomLoaderInterface, HasTheLayoutOfTheAbi) {
  EXPECT_EQ(sizeof(CustomLoaderInterface), sizeof(void*));
  EXPECT_EQ(alignof(CustomLoaderInterface), alignof(void*));
  EXPECT_TRUE(std::has_virtual_destructor_v<CustomLoaderInterface>);
  EXPECT_TRUE(std::is_abstract_v<CustomLoaderInterface>);
  EXPECT_TRUE((std::is_same_v<createCustomLoader_t, CustomLoaderInterface*()>));
  EXPECT_TRUE((std::is_same_v<destroyCustomLoader_t, void(CustomLoaderInterface*)>));
}

TEST(CustomLoaderStatus, HasTheNumbersOfTheAbi) {
  EXPECT_TRUE((std::is_same_v<std::underlying_type_t<CustomLoaderStatus>, int>));
  EXPECT_FALSE((std::is_convertible_v<CustomLoaderStatus, int>)) << "the enum must be scoped";
  const std::array<CustomLoaderStatus, 7> in_order = {
      CustomLoaderStatus::OK,
      CustomLoaderStatus::MODEL_TYPE_IR,
      CustomLoaderStatus::MODEL_TYPE_ONNX,
      CustomLoaderStatus::MODEL_TYPE_BLOB,
      CustomLoaderStatus::MODEL_LOAD_ERROR,
      CustomLoaderStatus::MODEL_BLACKLISTED,
      CustomLoaderStatus::INTERNAL_ERROR,
  };
  for (std::size_t i = 0; i < in_order.size(); ++i) EXPECT_EQ(static_cast<std::size_t>(in_order[i]), i);
}

// Calls through the table by place, not by name: this is what a compiled library and host agree on.
TEST(CustomLoaderInterface, HasItsFunctionsInTheOrderOfTheAbi) {
  using OfText = CustomLoaderStatus(CustomLoaderInterface*, const Text&);
  using OfTextAndVersion = CustomLoaderStatus(CustomLoaderInterface*, const Text&, int);
  using OfLoad = CustomLoaderStatus(CustomLoaderInterface*, const Text&, const Text&, int, const Text&, Bytes&, Bytes&);
  using OfNothing = CustomLoaderStatus(CustomLoaderInterface*);

  std::vector<Text> calls;
  CustomLoaderInterface* object = new RecordingLoader(calls);
  Bytes model;
  Bytes weights;
  EXPECT_EQ(static_cast<int>(slot<OfText>(object, 2)(object, "file")), 101);
  EXPECT_EQ(static_cast<int>(slot<OfLoad>(object, 3)(object, "m", "base", 4, "{}", model, weights)), 102);
  EXPECT_EQ(static_cast<int>(slot<OfTextAndVersion>(object, 4)(object, "m", 5)), 103);
  EXPECT_EQ(static_cast<int>(slot<OfTextAndVersion>(object, 5)(object, "m", 6)), 104);
  EXPECT_EQ(static_cast<int>(slot<OfText>(object, 6)(object, "m")), 105);
  EXPECT_EQ(static_cast<int>(slot<OfNothing>(object, 7)(object)), 106);
  slot<void(CustomLoaderInterface*)>(object, 1)(object);  // the deleting destructor
  EXPECT_EQ(calls, (std::vector<Text>{"loaderInit file", "loadModel m base 4 {}", "getModelBlacklistStatus m 5",
                                      "unloadModel m 6", "retireModel m", "loaderDeInit", "destructor"}));
  EXPECT_EQ(model, Bytes{1});
  EXPECT_EQ(weights, Bytes{2});
}

TEST(CustomLoaderInterface, AllowsEveryVersionByDefault) {
  std::vector<Text> calls;
  RecordingLoader loader(calls);
  EXPECT_EQ(loader.CustomLoaderInterface::getModelBlacklistStatus("m", 1), CustomLoaderStatus::OK);
  EXPECT_TRUE(calls.empty());
}

}  // namespace
}  // namespace ovms
