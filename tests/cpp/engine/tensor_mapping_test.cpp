#include "engine/tensor_mapping.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "engine/expect_error.h"
#include "engine/model_ports.h"
#include "engine/temporary_directory.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::expect_error;
using testing::TemporaryDirectory;
using Names = std::map<std::string, std::string>;

testing::Graph two_by_two() {
  const auto x = testing::input("x", ov::element::f32, {1, 4});
  const auto y = testing::input("y", ov::element::f32, {1, 4});
  return testing::graph({{"sum", std::make_shared<testing::opset::Add>(x, y)},
                         {"product", std::make_shared<testing::opset::Multiply>(x, y)}},
                        {x, y});
}

std::vector<std::string> names_of(const std::vector<ov::Output<ov::Node>>& ports) {
  std::vector<std::string> names;
  names.reserve(ports.size());
  for (const auto& port : ports) names.push_back(name_of(port));
  return names;
}

TEST(ReadTensorMapping, ReadsBothParts) {
  const TemporaryDirectory directory;
  directory.write("mapping_config.json", R"({"inputs": {"x": "image"}, "outputs": {"sum": "label"}})");
  const TensorMapping mapping = read_tensor_mapping(directory.path().string());
  EXPECT_EQ(mapping.inputs, (Names{{"x", "image"}}));
  EXPECT_EQ(mapping.outputs, (Names{{"sum", "label"}}));
}

TEST(ReadTensorMapping, IsEmptyWithoutAFile) {
  const TemporaryDirectory directory;
  directory.write("model.xml", "<net/>");
  EXPECT_TRUE(read_tensor_mapping(directory.path().string()).empty());
  EXPECT_TRUE(read_tensor_mapping((directory.path() / "model.xml").string()).empty());
  EXPECT_TRUE(read_tensor_mapping("").empty());
}

TEST(ReadTensorMapping, NamesTheFileAndWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{broken", "cannot be read: "},
      {"", "cannot be read: "},
      {"[]", "is no object; expected {\"inputs\""},
      {R"({"input": {}})", "unknown key \"input\"; expected {\"inputs\""},
      {R"({"inputs": []})", "\"inputs\" is no object"},
      {R"({"inputs": {"x": 1}})", "inputs: the new name of \"x\" must be a string"},
      {R"({"outputs": {"x": ""}})", "outputs: the new name of \"x\" must be a string"},
      {R"({"inputs": {"x": "a", "x": "b"}})", "inputs: \"x\" occurs twice"},
      {R"({"inputs": {}, "inputs": {}})", "the key \"inputs\" occurs twice"},
  };
  for (const auto& [text, words] : cases) {
    const TemporaryDirectory directory;
    directory.write("mapping_config.json", text);
    const std::string message =
        expect_error(ErrorCode::kInternal, words, [&] { read_tensor_mapping(directory.path().string()); });
    EXPECT_TRUE(message.starts_with((directory.path() / "mapping_config.json").string() + ": ")) << message;
  }
}

TEST(ReadTensorMapping, RefusesWhatIsNoFile) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "mapping_config.json");
  expect_error(ErrorCode::kInternal, "mapping_config.json: is no file",
               [&] { read_tensor_mapping(directory.path().string()); });
}

TEST(RenameTensors, GivesNewNames) {
  const auto model = two_by_two();
  rename_tensors(*model, {"f", {{"x", "y"}, {"y", "x"}}, {{"product", "p"}}});
  EXPECT_EQ(names_of(model->inputs()), (std::vector<std::string>{"y", "x"}));
  EXPECT_EQ(names_of(model->outputs()), (std::vector<std::string>{"sum", "p"}));
}

TEST(RenameTensors, TheCompiledModelHasThem) {
  const auto model = testing::add_one();
  rename_tensors(*model, {"f", {{"b", "in"}}, {{"a", "out"}}});
  ov::Core core;
  const ModelPorts ports = read_ports(core.compile_model(model, "CPU"));
  EXPECT_EQ(ports.signature.inputs.front().name, "in");
  EXPECT_EQ(ports.signature.outputs.front().name, "out");
}

TEST(RenameTensors, ATensorThatPassesThroughHasANameOnEachSide) {
  const std::vector<std::pair<Names, Names>> cases{
      {{{"b", "in"}}, {{"same", "out"}}}, {{{"b", "in"}}, {{"b", "out"}}}, {{{"same", "in"}}, {}}};
  const std::vector<std::pair<ov::element::Type, ov::PartialShape>> tensors{
      {ov::element::f32, {2, 3}}, {ov::element::i64, {-1, 3}}, {ov::element::boolean, {}}, {ov::element::string, {3}}};
  ov::Core core;
  for (const auto& [inputs, outputs] : cases) {
    for (const auto& [type, shape] : tensors) {
      const auto model = testing::pass_through(shape, type);
      rename_tensors(*model, {"f", inputs, outputs});
      const ModelPorts ports = read_ports(core.compile_model(model, "CPU"));
      EXPECT_EQ(ports.signature.inputs.front().name, "in") << type;
      const std::string& output = ports.signature.outputs.front().name;
      EXPECT_TRUE(outputs.empty() ? output != "in" : output == "out") << type << ": " << output;
    }
  }
}

TEST(RenameTensors, ATensorThatPassesThroughIsStillWhatCameIn) {
  const auto model = testing::pass_through({2, 3});
  rename_tensors(*model, {"f", {{"b", "in"}}, {{"same", "out"}}});
  ov::Core core;
  auto request = core.compile_model(model, "CPU").create_infer_request();
  ov::Tensor tensor(ov::element::f32, {2, 3});
  std::iota(tensor.data<float>(), tensor.data<float>() + tensor.get_size(), 1.0F);
  request.set_tensor("in", tensor);
  request.infer();
  const ov::Tensor output = request.get_tensor("out");
  EXPECT_TRUE(std::equal(tensor.data<float>(), tensor.data<float>() + 6, output.data<float>()));
}

TEST(RenameTensors, StringsThatPassThroughAreCopied) {
  const auto model = testing::pass_through({2}, ov::element::string);
  rename_tensors(*model, {"f", {{"b", "in"}}, {{"same", "out"}}});
  ov::Core core;
  auto request = core.compile_model(model, "CPU").create_infer_request();
  for (const std::size_t length : {1U, 100U, 3U}) {
    ov::Tensor tensor(ov::element::string, {2});
    tensor.data<std::string>()[0] = std::string(length, 'x');
    tensor.data<std::string>()[1] = "y";
    request.set_tensor("in", tensor);
    request.infer();
    const ov::Tensor output = request.get_tensor("out");
    EXPECT_EQ(output.data<std::string>()[0], std::string(length, 'x'));
    EXPECT_EQ(output.data<std::string>()[1], "y");
  }
}

TEST(RenameTensors, RefusesWhatTheModelCannotHave) {
  const auto refuses = [](const TensorMapping& mapping, const std::string& words) {
    expect_error(ErrorCode::kInvalidArgument, words, [&] { rename_tensors(*two_by_two(), mapping); });
  };
  refuses({"f", {{"z", "a"}}, {}}, "f: the model has no input \"z\"");
  refuses({"f", {}, {{"x", "a"}}}, "f: the model has no output \"x\"");
  refuses({"f", {{"y", "x"}}, {}}, "f: two inputs would be named \"x\"");
  refuses({"f", {{"x", "y"}}, {}}, "f: two inputs would be named \"y\"");
  refuses({"f", {}, {{"sum", "s"}, {"product", "s"}}}, "f: two outputs would be named \"s\"");
}

}  // namespace
}  // namespace ovserve
