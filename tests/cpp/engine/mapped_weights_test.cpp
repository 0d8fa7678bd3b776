// What a loader maps is what OpenVINO computes with: the addresses show that nothing lies in between.

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <openvino/op/constant.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "engine/model_reader.h"
#include "engine/temporary_directory.h"
#include "engine/tiny_models.h"
#include "loader/shared_library_loader.h"
#include "loader/standalone_loader_host.h"

namespace ovserve {
namespace {

struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  bool holds(const void* address) const {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    return at >= begin && at < end;
  }
};

/// Where this process has a file in memory.
std::optional<Mapping> mapping_of(const std::string& file) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with(" " + file)) continue;
    Mapping found;
    char dash = 0;
    std::istringstream(line) >> std::hex >> found.begin >> dash >> found.end;
    return found;
  }
  return std::nullopt;
}

class MappedWeights : public ::testing::Test {
 protected:
  MappedWeights() {
    const auto [xml, weights] = testing::serialize(testing::add_one());
    directory_.write("1/m.xml", xml);
    directory_.write("1/m.bin", weights);
    LoaderConfig config;
    config.name = "mapped";
    config.library_path = MAPPED_LOADER;
    loader_ = SharedLibraryLoaderFactory().create(config, std::make_shared<StandaloneLoaderHost>("mapped"));
  }
  ~MappedWeights() override { loader_->deinit(); }

  std::string bin() const { return (directory_.path() / "1/m.bin").string(); }
  std::string xml() const { return (directory_.path() / "1/m.xml").string(); }

  const testing::TemporaryDirectory directory_;
  std::unique_ptr<Loader> loader_;
  ov::Core core_;
};

TEST_F(MappedWeights, ConstantsLieInTheLoadersMappingAndKeepIt) {
  auto graph = read_from_buffers(core_, loader_->load({"m", directory_.path().string(), 1, "{}"}));
  EXPECT_FALSE(mapping_of(xml())) << "nobody needs the text any more";
  const auto mapping = mapping_of(bin());
  ASSERT_TRUE(mapping);
  int constants = 0;
  for (const auto& node : graph->get_ops()) {
    const auto constant = std::dynamic_pointer_cast<ov::op::v0::Constant>(node);
    if (!constant) continue;
    ++constants;
    EXPECT_TRUE(mapping->holds(constant->get_data_ptr())) << constant->get_friendly_name();
  }
  EXPECT_GT(constants, 0);
  graph.reset();
  EXPECT_FALSE(mapping_of(bin())) << "released with the last constant";
}

TEST_F(MappedWeights, ALoadThatFailsLeavesNothingMapped) {
  directory_.write("1/m.xml", "no model");
  EXPECT_ANY_THROW(read_from_buffers(core_, loader_->load({"m", directory_.path().string(), 1, "{}"})));
  EXPECT_FALSE(mapping_of(bin()));
}

}  // namespace
}  // namespace ovserve
