#include "engine/extension_library.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/expect_error.h"
#include "engine/openvino_engine.h"
#include "engine/temporary_directory.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::expect_error;
using testing::TemporaryDirectory;

// f32 "b" [1,2] to "a" by an operation that only the extension library knows.
constexpr const char* kTimesThree = R"(<?xml version="1.0"?>
<net name="times" version="11"><layers>
<layer id="0" name="b" type="Parameter" version="opset1"><data shape="1,2" element_type="f32"/>
<output><port id="0" precision="FP32" names="b"><dim>1</dim><dim>2</dim></port></output></layer>
<layer id="1" name="a" type="Times3" version="tests">
<input><port id="0" precision="FP32"><dim>1</dim><dim>2</dim></port></input>
<output><port id="1" precision="FP32" names="a"><dim>1</dim><dim>2</dim></port></output></layer>
<layer id="2" name="result" type="Result" version="opset1">
<input><port id="0" precision="FP32"><dim>1</dim><dim>2</dim></port></input></layer>
</layers><edges>
<edge from-layer="0" from-port="0" to-layer="1" to-port="0"/>
<edge from-layer="1" from-port="1" to-layer="2" to-port="0"/>
</edges></net>)";

ModelBuffers times_three_buffers() {
  return {ModelKind::kIr, testing::buffer_of(kTimesThree), testing::buffer_of(std::string(4, 0))};
}

std::vector<float> infer(Model& model) {
  const std::vector<float> values{1, 2};
  const TensorView tensor = testing::view(ElementType::kF32, {1, 2}, values);
  return testing::values_of<float>(model.infer({&tensor, 1})->outputs()[0]);
}

TEST(ExtensionLibrary, ItsOperationsAreKnownToFilesAndBuffers) {
  const TemporaryDirectory directory;
  directory.write("model.xml", kTimesThree);
  directory.write("model.bin");
  OpenVinoEngine engine(TIMES_THREE);
  EXPECT_EQ(infer(*engine.load_files(directory.path().string(), {})), (std::vector<float>{3, 6}));
  EXPECT_EQ(infer(*engine.load_buffers(times_three_buffers(), {})), (std::vector<float>{3, 6}));
}

TEST(ExtensionLibrary, WithoutItTheModelIsRefused) {
  OpenVinoEngine engine;
  expect_error(ErrorCode::kInternal, "Times3", [&] { engine.load_buffers(times_three_buffers(), {}); });
}

TEST(ExtensionLibrary, AModelOutlivesTheEngine) {
  auto engine = std::make_unique<OpenVinoEngine>(TIMES_THREE);
  const auto model = engine->load_buffers(times_three_buffers(), {});
  engine.reset();
  EXPECT_EQ(infer(*model), (std::vector<float>{3, 6}));
}

TEST(ExtensionLibrary, NamesTheFileAndWhatIsWrong) {
  const TemporaryDirectory directory;
  const std::string text = directory.write("text.so", "no library").string();
  const auto refuses = [](const std::string& path, const std::string& words) {
    expect_error(ErrorCode::kInvalidArgument, "CPU extension " + path + ": " + words,
                 [&] { const OpenVinoEngine engine(path); });
  };
  refuses("/no/such.so", "there is no such file");
  refuses(directory.path().string(), "there is no such file");
  refuses("libm.so.6", "there is no such file");
  refuses(text, "cannot be opened: ");
  refuses(NO_EXTENSION, "is no OpenVINO extension library: ");
}

}  // namespace
}  // namespace ovserve
