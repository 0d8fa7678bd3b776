#include "engine/openvino_engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/awaited_outcome.h"
#include "engine/expect_error.h"
#include "engine/onnx_bytes.h"
#include "engine/temporary_directory.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::buffer_of;
using testing::expect_error;
using testing::TemporaryDirectory;
using testing::values_of;
using testing::view;

// Numbers are compared exactly: recent processors would compute in bf16.
ModelOptions exact() {
  ModelOptions options;
  options.plugin_config = {{"INFERENCE_PRECISION_HINT", std::string("f32")}};
  return options;
}

std::vector<float> add_one(Model& model, std::int64_t batch = 1) {
  const std::vector<float> input(static_cast<std::size_t>(batch) * 10, 4.0F);
  const TensorView tensor = view(ElementType::kF32, {batch, 10}, input);
  return values_of<float>(model.infer({&tensor, 1})->outputs()[0]);
}

std::vector<float> look_up(Model& model, std::int64_t row) {
  const std::vector<std::int64_t> index{row};
  const TensorView tensor = view(ElementType::kI64, {1}, index);
  return values_of<float>(model.infer({&tensor, 1})->outputs()[0]);
}

void write_ir(const TemporaryDirectory& directory, const testing::Graph& model) {
  const auto [xml, weights] = testing::serialize(model);
  directory.write("model.xml", xml);
  directory.write("model.bin", weights);
}

class OpenVinoEngineTest : public ::testing::Test {
 protected:
  OpenVinoEngine engine_;
};

TEST_F(OpenVinoEngineTest, LoadsFiles) {
  const TemporaryDirectory directory;
  write_ir(directory, testing::add_one());
  EXPECT_EQ(add_one(*engine_.load_files(directory.path().string(), exact())), std::vector<float>(10, 5.0F));
  EXPECT_EQ(add_one(*engine_.load_files((directory.path() / "model.xml").string(), exact())),
            std::vector<float>(10, 5.0F));
}

TEST_F(OpenVinoEngineTest, LoadsAnOnnxFile) {
  const TemporaryDirectory directory;
  directory.write("any name.onnx", testing::onnx_add_model(std::vector<float>(10, 1.0F)));
  EXPECT_EQ(add_one(*engine_.load_files(directory.path().string(), exact())), std::vector<float>(10, 5.0F));
}

TEST_F(OpenVinoEngineTest, LoadsEveryKindOfBuffer) {
  EXPECT_EQ(add_one(*engine_.load_buffers(testing::ir_buffers(testing::add_one()), exact())),
            std::vector<float>(10, 5.0F));
  EXPECT_EQ(add_one(*engine_.load_buffers(testing::blob_buffers(testing::add_one()), exact())),
            std::vector<float>(10, 5.0F));
  ModelBuffers onnx{ModelKind::kOnnx, buffer_of(testing::onnx_add_model(std::vector<float>(10, 1.0F))), {}};
  EXPECT_EQ(add_one(*engine_.load_buffers(std::move(onnx), exact())), std::vector<float>(10, 5.0F));
}

TEST_F(OpenVinoEngineTest, AModelOutlivesItsEngine) {
  auto engine = std::make_unique<OpenVinoEngine>();
  const auto model = engine->load_buffers(testing::ir_buffers(testing::add_one()), exact());
  engine.reset();
  EXPECT_EQ(add_one(*model), std::vector<float>(10, 5.0F));
}

// The memory is really read later, so letting it go early would show as wrong numbers here and
// as an error under the address sanitizer.
TEST_F(OpenVinoEngineTest, WeightsLiveAsLongAsTheModelAndNoLonger) {
  ModelBuffers buffers = testing::ir_buffers(testing::table(20'000));
  const std::weak_ptr<const void> xml = buffers.model.owner;
  const std::weak_ptr<const void> weights = buffers.weights.owner;
  auto model = engine_.load_buffers(std::move(buffers), exact());
  EXPECT_TRUE(xml.expired());
  EXPECT_FALSE(weights.expired());
  const std::vector<std::string> junk(20, std::string(800'000, 'j'));  // takes the place of freed memory
  EXPECT_EQ(look_up(*model, 19'999).back(), 199'999.0F);
  EXPECT_EQ(look_up(*model, 7).front(), 70.0F);
  model.reset();
  EXPECT_TRUE(weights.expired());
}

TEST_F(OpenVinoEngineTest, ABlobLivesAsLongAsTheModelAndNoLonger) {
  ModelBuffers buffers = testing::blob_buffers(testing::table(20'000));
  const std::weak_ptr<const void> blob = buffers.model.owner;
  auto model = engine_.load_buffers(std::move(buffers), exact());
  EXPECT_FALSE(blob.expired());
  const std::vector<std::string> junk(20, std::string(800'000, 'j'));
  EXPECT_EQ(look_up(*model, 19'999).back(), 199'999.0F);
  model.reset();
  EXPECT_TRUE(blob.expired());
}

TEST_F(OpenVinoEngineTest, AResultKeepsTheWeightsToo) {
  ModelBuffers buffers = testing::ir_buffers(testing::table(20'000));
  const std::weak_ptr<const void> weights = buffers.weights.owner;
  auto model = engine_.load_buffers(std::move(buffers), exact());
  const std::vector<std::int64_t> index{3};
  const TensorView tensor = view(ElementType::kI64, {1}, index);
  auto result = model->infer({&tensor, 1});
  model.reset();
  EXPECT_EQ(values_of<float>(result->outputs()[0]).front(), 30.0F);
  result.reset();
  EXPECT_TRUE(weights.expired());
}

TEST_F(OpenVinoEngineTest, AFailedLoadLetsTheBuffersGo) {
  ModelBuffers buffers = testing::ir_buffers(testing::table(1000));
  const std::weak_ptr<const void> weights = buffers.weights.owner;
  ModelOptions options;
  options.target_device = "FOO";
  expect_error(ErrorCode::kInvalidArgument, "FOO", [&] { engine_.load_buffers(std::move(buffers), options); });
  EXPECT_TRUE(weights.expired());
}

TEST_F(OpenVinoEngineTest, SetsTheBatchSize) {
  ModelOptions options = exact();
  options.batch_size = Dimension::fixed(4);
  auto model = engine_.load_buffers(testing::ir_buffers(testing::add_one()), options);
  EXPECT_EQ(to_string(model->signature().inputs[0].shape), "(4,10)");
  EXPECT_EQ(to_string(model->signature().outputs[0].shape), "(4,10)");
  options.batch_size = Dimension::any();
  model = engine_.load_buffers(testing::ir_buffers(testing::add_one()), options);
  EXPECT_EQ(to_string(model->signature().inputs[0].shape), "(-1,10)");
  EXPECT_EQ(add_one(*model, 3), std::vector<float>(30, 5.0F));
}

TEST_F(OpenVinoEngineTest, RefusesABatchSizeForABlob) {
  ModelOptions options;
  options.batch_size = Dimension::fixed(4);
  expect_error(ErrorCode::kInvalidArgument, "batch_size (4)",
               [&] { engine_.load_buffers(testing::blob_buffers(testing::add_one()), options); });
}

TEST_F(OpenVinoEngineTest, RefusesTooManyRequests) {
  ModelOptions options;
  options.nireq = 100'001;
  expect_error(ErrorCode::kInvalidArgument, "nireq",
               [&] { engine_.load_buffers(testing::ir_buffers(testing::add_one()), options); });
  expect_error(ErrorCode::kInvalidArgument, "nireq", [&] { engine_.load_files("/no/such/place", options); });
}

TEST_F(OpenVinoEngineTest, CachesCompiledModelsOfFilesOnly) {
  const TemporaryDirectory directory;
  const TemporaryDirectory cache;
  write_ir(directory, testing::add_one());
  ModelOptions options = exact();
  EXPECT_EQ(add_one(*engine_.load_files(directory.path().string(), options)), std::vector<float>(10, 5.0F));
  EXPECT_TRUE(std::filesystem::is_empty(cache.path()));
  options.cache_dir = cache.path().string();
  for (int round = 0; round < 2; ++round) {  // written, then read
    EXPECT_EQ(add_one(*engine_.load_files(directory.path().string(), options)), std::vector<float>(10, 5.0F));
    EXPECT_FALSE(std::filesystem::is_empty(cache.path()));
  }
  ModelOptions hidden;
  hidden.plugin_config = {{"CACHE_DIR", cache.path().string()}};
  expect_error(ErrorCode::kInvalidArgument, "CACHE_DIR",
               [&] { engine_.load_buffers(testing::ir_buffers(testing::add_one()), hidden); });
}

TEST_F(OpenVinoEngineTest, NamesADirectoryWithoutModel) {
  const TemporaryDirectory directory;
  expect_error(ErrorCode::kInternal, directory.path().string(),
               [&] { engine_.load_files(directory.path().string(), {}); });
}

TEST_F(OpenVinoEngineTest, RefusesEmptyBuffers) {
  for (const ModelKind kind : {ModelKind::kIr, ModelKind::kOnnx, ModelKind::kBlob}) {
    expect_error(ErrorCode::kInternal, std::string("empty; expected ") + name_of(kind),
                 [&] { engine_.load_buffers({kind, {}, {}}, {}); });
  }
}

TEST_F(OpenVinoEngineTest, RefusesAModelThatGivesNothing) {
  ModelBuffers buffers{ModelKind::kOnnx, buffer_of(testing::OnnxMessage().number(1, 8).bytes(7, "").content()), {}};
  expect_error(ErrorCode::kInternal, "no outputs", [&] { engine_.load_buffers(std::move(buffers), {}); });
}

TEST_F(OpenVinoEngineTest, RefusesGarbageOfEveryKind) {
  std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same garbage each time
  const std::string blob = testing::export_blob(testing::add_one());
  std::string noise(4000, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  const std::vector<std::string> garbage{"x",
                                         "garbage",
                                         "<?xml version=\"1.0\"?><net>",
                                         noise,
                                         std::string(100'000, '<'),
                                         blob.substr(0, blob.size() / 2),
                                         testing::onnx_add_model({1}).substr(0, 30)};
  for (const ModelKind kind : {ModelKind::kIr, ModelKind::kOnnx, ModelKind::kBlob}) {
    for (const std::string& bytes : garbage) {
      SCOPED_TRACE(std::string(name_of(kind)) + " " + bytes.substr(0, 10));
      expect_error(ErrorCode::kInternal, "",
                   [&] { engine_.load_buffers({kind, buffer_of(bytes), buffer_of(noise)}, {}); });
    }
  }
}

TEST_F(OpenVinoEngineTest, ABlobCutOffAnywhereIsAnErrorOrAModel) {
  const std::string blob = testing::export_blob(testing::table(100));
  for (std::size_t size = 1; size < blob.size(); size += blob.size() / 40) {
    try {
      engine_.load_buffers({ModelKind::kBlob, buffer_of(blob.substr(0, size)), {}}, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInternal) << error.what();
    }
  }
}

TEST_F(OpenVinoEngineTest, LoadsFromSeveralThreads) {
  std::vector<std::jthread> threads;
  threads.reserve(4);
  std::atomic<int> right = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 3; ++i) {
        const auto model = engine_.load_buffers(testing::ir_buffers(testing::add_one()), exact());
        if (add_one(*model) == std::vector<float>(10, 5.0F)) ++right;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 12);
}

// Two inferences that fill a batch of two; alone, each would wait for an hour.
void expect_that_two_run_as_one(Model& model) {
  EXPECT_EQ(model.signature().inputs[0].shape.size(), 2U);
  const std::vector<float> input(10, 4.0F);
  const TensorView tensor = view(ElementType::kF32, {1, 10}, input);
  testing::AwaitedOutcome first;
  testing::AwaitedOutcome second;
  model.infer_async({&tensor, 1}, first.completion(), {});
  EXPECT_FALSE(first.is_there());
  model.infer_async({&tensor, 1}, second.completion(), {});
  for (testing::AwaitedOutcome* outcome : {&first, &second}) {
    const auto result = outcome->result();
    ASSERT_NE(result, nullptr);
    EXPECT_EQ(values_of<float>(result->outputs()[0]), std::vector<float>(10, 5.0F));
  }
}

ModelOptions batches_of(std::uint32_t max_batch) {
  ModelOptions options = exact();
  options.batching = {max_batch, std::chrono::hours(1)};
  return options;
}

TEST_F(OpenVinoEngineTest, PutsInferencesOfEveryKindOfModelTogether) {
  const TemporaryDirectory directory;
  write_ir(directory, testing::add_one());
  const auto from_files = engine_.load_files(directory.path().string(), batches_of(2));
  EXPECT_EQ(from_files->signature().inputs[0].shape[0], Dimension::fixed(1)) << "callers see no difference";
  EXPECT_EQ(from_files->signature().outputs[0].shape[0], Dimension::fixed(1));
  expect_that_two_run_as_one(*from_files);
  expect_that_two_run_as_one(*engine_.load_buffers(testing::ir_buffers(testing::add_one()), batches_of(2)));
  expect_that_two_run_as_one(*engine_.load_buffers(testing::ir_buffers(testing::add_one({-1, 10})), batches_of(2)));
  expect_that_two_run_as_one(*engine_.load_buffers(testing::blob_buffers(testing::add_one({-1, 10})), batches_of(2)));
  ModelBuffers onnx{ModelKind::kOnnx, buffer_of(testing::onnx_add_model(std::vector<float>(10, 1.0F))), {}};
  expect_that_two_run_as_one(*engine_.load_buffers(std::move(onnx), batches_of(2)));
}

TEST_F(OpenVinoEngineTest, BatchingComesAfterWhatElseChangesTheShape) {
  ModelOptions options = batches_of(4);
  options.batch_size = Dimension::fixed(2);
  const auto model = engine_.load_buffers(testing::ir_buffers(testing::add_one()), options);
  EXPECT_EQ(model->signature().inputs[0].shape[0], Dimension::fixed(2));
  const std::vector<float> input(20, 4.0F);
  const TensorView tensor = view(ElementType::kF32, {2, 10}, input);
  testing::AwaitedOutcome first;
  testing::AwaitedOutcome second;
  model->infer_async({&tensor, 1}, first.completion(), {});
  model->infer_async({&tensor, 1}, second.completion(), {});
  for (testing::AwaitedOutcome* outcome : {&first, &second}) {
    const auto result = outcome->result();
    ASSERT_NE(result, nullptr);
    EXPECT_EQ(result->outputs()[0].shape, (Shape{2, 10}));
  }
}

TEST_F(OpenVinoEngineTest, RefusesBatchesThatTheModelCannotTake) {
  expect_error(ErrorCode::kInvalidArgument, "batching does not fit: dimension 0 of output \"same\"", [&] {
    const auto b = testing::input("b", ov::element::f32, {1, 10});
    const auto shape = testing::opset::Constant::create(ov::element::i64, {2}, {-1, 5});
    const auto halves = testing::graph({{"same", std::make_shared<testing::opset::Reshape>(b, shape, false)}}, {b});
    engine_.load_buffers(testing::ir_buffers(halves), batches_of(4));
  });
  expect_error(ErrorCode::kInvalidArgument, "input \"b\" of the compiled blob takes no batch of 4",
               [&] { engine_.load_buffers(testing::blob_buffers(testing::add_one()), batches_of(4)); });
}

// A delay that is not over yet must not keep what a loader wants back.
TEST_F(OpenVinoEngineTest, WeightsOfABatchingModelLiveAsLongAsIt) {
  ModelBuffers buffers = testing::ir_buffers(testing::table(20'000));
  const std::weak_ptr<const void> weights = buffers.weights.owner;
  auto model = engine_.load_buffers(std::move(buffers), batches_of(2));
  const std::vector<std::int64_t> rows{7, 19'999};
  const TensorView first = {ElementType::kI64, {1}, rows.data(), sizeof(std::int64_t)};
  const TensorView second = {ElementType::kI64, {1}, rows.data() + 1, sizeof(std::int64_t)};
  testing::AwaitedOutcome of_first;
  testing::AwaitedOutcome of_second;
  model->infer_async({&first, 1}, of_first.completion(), {});
  model->infer_async({&second, 1}, of_second.completion(), {});
  EXPECT_EQ(values_of<float>(of_first.result()->outputs()[0]).front(), 70.0F);
  EXPECT_EQ(values_of<float>(of_second.result()->outputs()[0]).back(), 199'999.0F);
  EXPECT_FALSE(weights.expired());
  model.reset();
  EXPECT_TRUE(weights.expired());
}

}  // namespace
}  // namespace ovserve
