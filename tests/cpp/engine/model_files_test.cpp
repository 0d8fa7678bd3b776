#include "engine/model_files.h"

#include <gtest/gtest.h>

#include "engine/expect_error.h"
#include "engine/temporary_directory.h"

namespace ovserve {
namespace {

using testing::expect_error;
using testing::TemporaryDirectory;

TEST(ModelFiles, TakesTheIrWithTheWeightsOfItsName) {
  const TemporaryDirectory directory;
  directory.write("b.xml");
  directory.write("b.bin");
  directory.write("c.bin");
  directory.write("other.onnx");
  const ModelFiles files = find_model_files(directory.path());
  EXPECT_EQ(files.model, directory.path() / "b.xml");
  EXPECT_EQ(files.weights, directory.path() / "b.bin");
}

TEST(ModelFiles, TakesTheOnlyWeightsWhateverTheirName) {
  const TemporaryDirectory directory;
  directory.write("graph.xml");
  directory.write("weights.bin");
  EXPECT_EQ(find_model_files(directory.path()).weights, directory.path() / "weights.bin");
}

TEST(ModelFiles, OfSeveralIrTakesTheFirstThatIsComplete) {
  const TemporaryDirectory directory;
  for (const char* name : {"a.xml", "b.xml", "b.bin", "c.xml", "c.bin"}) directory.write(name);
  EXPECT_EQ(find_model_files(directory.path()).model, directory.path() / "b.xml");
}

TEST(ModelFiles, NamesTheMissingWeights) {
  const TemporaryDirectory directory;
  directory.write("model.xml");
  const std::string message =
      expect_error(ErrorCode::kInternal, "model.bin", [&] { find_model_files(directory.path()); });
  EXPECT_NE(message.find(directory.path().string()), std::string::npos) << message;
}

TEST(ModelFiles, FollowsTheOrderOfFormats) {
  const TemporaryDirectory directory;
  for (const char* name : {"m.tflite", "m.pb", "saved_model.pb", "m.pdmodel", "m.onnx"}) directory.write(name);
  for (const char* name : {"m.onnx", "m.pdmodel", "saved_model.pb", "m.pb", "m.tflite"}) {
    const bool is_saved_model = std::string(name) == "saved_model.pb";
    EXPECT_EQ(find_model_files(directory.path()).model, is_saved_model ? directory.path() : directory.path() / name);
    std::filesystem::remove(directory.path() / name);
  }
}

TEST(ModelFiles, RefusesSeveralOfAKind) {
  const TemporaryDirectory directory;
  directory.write("a.onnx");
  directory.write("b.onnx");
  expect_error(ErrorCode::kInternal, "holds 2 .onnx files (a.onnx, b.onnx); expected one",
               [&] { find_model_files(directory.path()); });
}

TEST(ModelFiles, SaysWhatWasExpectedInADirectoryWithoutModel) {
  const TemporaryDirectory directory;
  directory.write("readme.txt");
  directory.write(".hidden.onnx");
  const std::string message =
      expect_error(ErrorCode::kInternal, directory.path().string(), [&] { find_model_files(directory.path()); });
  EXPECT_NE(message.find("a .xml file with its .bin"), std::string::npos) << message;
}

TEST(ModelFiles, TakesAFileGivenDirectly) {
  const TemporaryDirectory directory;
  const auto xml = directory.write("m.xml");
  const auto onnx = directory.write("m.onnx");
  EXPECT_EQ(find_model_files(onnx).model, onnx);
  EXPECT_EQ(find_model_files(onnx).weights, "");
  expect_error(ErrorCode::kInternal, "m.bin", [&] { find_model_files(xml); });
  const auto bin = directory.write("m.bin");
  EXPECT_EQ(find_model_files(xml).weights, bin);
}

TEST(ModelFiles, NamesAPathThatDoesNotExist) {
  expect_error(ErrorCode::kInternal, "/no/such/place", [] { find_model_files("/no/such/place"); });
}

}  // namespace
}  // namespace ovserve
