#include "engine/preprocessing.h"

#include <gtest/gtest.h>

#include "engine/expect_error.h"
#include "engine/openvino_engine.h"
#include "engine/temporary_directory.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::expect_error;

ModelOptions exact() {
  ModelOptions options;
  options.plugin_config = {{"INFERENCE_PRECISION_HINT", std::string("f32")}};
  return options;
}

template <typename T>
std::vector<float> run(const testing::Graph& graph, const ModelOptions& options, ElementType type, const Shape& shape,
                       const std::vector<T>& values) {
  OpenVinoEngine engine;
  const auto model = engine.load_buffers(testing::ir_buffers(graph), options);
  const TensorView tensor = testing::view(type, shape, values);
  return testing::values_of<float>(model->infer({&tensor, 1})->outputs()[0]);
}

TEST(Preprocessing, TransposesInputsAndOutputs) {
  const std::vector<float> image{1, 2, 3, 4, 5, 6};  // one row of two pixels of three channels
  ModelOptions options = exact();
  options.layouts = {{"", {"NHWC", "NCHW"}}};
  const auto model = testing::add_one({1, 3, 1, 2});
  EXPECT_EQ(run(model, options, ElementType::kF32, {1, 1, 2, 3}, image), (std::vector<float>{2, 5, 3, 6, 4, 7}));
  options.layouts = {{"b", {"NHWC", "NCHW"}}, {"a", {"NHWC", "NCHW"}}};
  EXPECT_EQ(run(model, options, ElementType::kF32, {1, 1, 2, 3}, image), (std::vector<float>{2, 3, 4, 5, 6, 7}));
}

TEST(Preprocessing, TheSignatureSaysTheLayoutThatClientsSee) {
  const auto layout = [](const ModelOptions& options, bool cached) {
    const testing::TemporaryDirectory directory;
    const auto [xml, weights] = testing::serialize(testing::add_one({1, 3, 1, 2}));
    directory.write("model.xml", xml);
    directory.write("model.bin", weights);
    ModelOptions with_cache = options;
    if (cached) with_cache.cache_dir = (directory.path() / "cache").string();
    OpenVinoEngine engine;
    engine.load_files(directory.path().string(), with_cache);
    return engine.load_files(directory.path().string(), with_cache)->signature().inputs[0].layout;
  };
  for (const bool cached : {false, true}) {
    ModelOptions options = exact();
    EXPECT_EQ(layout(options, cached), "");
    options.layouts = {{"", {"NCHW", "NCHW"}}};
    EXPECT_EQ(layout(options, cached), "NCHW");
    options.layouts = {{"", {"NHWC", "NCHW"}}};
    EXPECT_EQ(layout(options, cached), "NHWC");
  }
}

TEST(Preprocessing, ALayoutAloneChangesNothing) {
  ModelOptions options = exact();
  options.layouts = {{"", {"N...", "N..."}}};
  EXPECT_EQ(run(testing::add_one({1, 2}), options, ElementType::kF32, {1, 2}, std::vector<float>{1, 2}),
            (std::vector<float>{2, 3}));
}

TEST(Preprocessing, MeanAndScaleComeAfterColorsAndTypes) {
  ModelOptions options = exact();
  options.layouts = {{"", {"NHWC", "NCHW"}}};
  options.preprocessing = {ElementType::kU8, "BGR", "RGB", {10, 20, 30}, {2, 4, 8}};
  EXPECT_EQ(run(testing::relu({1, 3, 1, 1}), options, ElementType::kU8, {1, 1, 1, 3},
                std::vector<std::uint8_t>{110, 100, 90}),
            (std::vector<float>{40, 20, 10}));
}

TEST(Preprocessing, MeanAndScaleComputeInWhatIsAskedFor) {
  ModelOptions options = exact();
  options.preprocessing = {ElementType::kU8, "", "", {1}, {2}, ElementType::kF32};
  EXPECT_EQ(run(testing::relu({1, 2}), options, ElementType::kU8, {1, 2}, std::vector<std::uint8_t>{4, 5}),
            (std::vector<float>{1.5, 2}));
  options.preprocessing.computed = ElementType::kI32;
  OpenVinoEngine engine;
  expect_error(ErrorCode::kInvalidArgument,
               "precision does not fit: mean and scale compute in i32; name a floating-point type after the colon",
               [&] { engine.load_buffers(testing::ir_buffers(testing::relu({1, 2})), options); });
}

TEST(Preprocessing, ClientsMaySendVideoFrames) {
  ModelOptions options = exact();
  options.layouts = {{"", {"NHWC", "NCHW"}}};
  options.preprocessing.precision = ElementType::kU8;
  options.preprocessing.model_color = "RGB";
  for (const char* const format : {"NV12", "I420"}) {
    options.preprocessing.client_color = format;
    // A black frame of 2 x 2: four bytes of luma, two of chroma.
    EXPECT_EQ(run(testing::relu({1, 3, 2, 2}), options, ElementType::kU8, {1, 3, 2, 1},
                  std::vector<std::uint8_t>{16, 16, 16, 16, 128, 128}),
              std::vector<float>(12, 0))
        << format;
  }
}

TEST(Preprocessing, OneNumberIsForAllChannels) {
  ModelOptions options = exact();
  options.preprocessing.mean = {1};
  options.preprocessing.scale = {2};
  EXPECT_EQ(run(testing::relu({1, 2}), options, ElementType::kF32, {1, 2}, std::vector<float>{3, 5}),
            (std::vector<float>{1, 2}));
}

TEST(Preprocessing, ShapesAreThoseOfClients) {
  OpenVinoEngine engine;
  ModelOptions options = exact();
  options.layouts = {{"", {"NHWC", "NCHW"}}};
  options.shapes = {{"", {{Dimension::fixed(1), Dimension::fixed(8), Dimension::fixed(9), Dimension::fixed(3)}}}};
  const auto model = engine.load_buffers(testing::ir_buffers(testing::relu({1, 3, 4, 4})), options);
  EXPECT_EQ(to_string(model->signature().inputs[0].shape), "(1,8,9,3)");
  EXPECT_EQ(to_string(model->signature().outputs[0].shape), "(1,3,8,9)");
}

TEST(Preprocessing, SaysWhatDoesNotFit) {
  OpenVinoEngine engine;
  const auto refuses = [&engine](const std::map<std::string, TensorLayout>& layouts, const std::string& words) {
    ModelOptions options;
    options.layouts = layouts;
    expect_error(ErrorCode::kInvalidArgument, words,
                 [&] { engine.load_buffers(testing::ir_buffers(testing::add_one({1, 3, 4, 4})), options); });
  };
  refuses({{"", {"NC", "NC"}}}, "layout NC does not fit: the tensor has 4 dimensions");
  refuses({{"z", {"NCHW", "NCHW"}}}, "layout: the model has no input \"z\"; it has b");
  refuses({{"", {"NHWC", "NCDW"}}}, "layout NHWC:NCDW does not fit: ");
  ModelOptions options;
  options.preprocessing.mean = {1, 2};
  expect_error(ErrorCode::kInvalidArgument,
               "mean does not fit: ", [&] { engine.load_buffers(testing::ir_buffers(testing::add_one()), options); });
}

TEST(Preprocessing, RefusesABlobAndSeveralInputs) {
  OpenVinoEngine engine;
  ModelOptions options;
  options.layouts = {{"", {"NC", "NC"}}};
  expect_error(ErrorCode::kInvalidArgument, "layout NC does not fit: a compiled blob",
               [&] { engine.load_buffers(testing::blob_buffers(testing::add_one()), options); });
  const auto x = testing::input("x", ov::element::f32, {1, 4});
  const auto y = testing::input("y", ov::element::f32, {1, 4});
  const auto sum = testing::graph({{"sum", std::make_shared<testing::opset::Add>(x, y)}}, {x, y});
  ModelOptions scaled;
  scaled.preprocessing.scale = {2};
  expect_error(ErrorCode::kInvalidArgument, "scale does not fit: the model has 2 inputs",
               [&] { engine.load_buffers(testing::ir_buffers(sum), scaled); });
}

}  // namespace
}  // namespace ovserve
