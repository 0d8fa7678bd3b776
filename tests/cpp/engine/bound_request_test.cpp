#include "engine/bound_request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <numeric>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/exception.hpp>

#include "engine/expect_error.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::expect_error;
using testing::values_of;
using testing::view;
namespace opset = testing::opset;

// Larger than what is copied into the bound tensor.
constexpr std::int64_t kLarge = 100'000;

class Request {
 public:
  explicit Request(const testing::Graph& model, const std::string& device = "CPU")
      : compiled_(core_.compile_model(model, device, ov::hint::inference_precision(ov::element::f32))),
        ports_(read_ports(compiled_)),
        request_(compiled_.create_infer_request(), ports_, device == "CPU") {}

  BoundRequest* operator->() { return &request_; }

 private:
  ov::Core core_;
  ov::CompiledModel compiled_;
  ModelPorts ports_;
  BoundRequest request_;
};

template <typename T>
std::vector<T> counting(std::size_t count, T first = T{}) {
  std::vector<T> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

std::vector<float> add_one(Request& request, const std::vector<float>& input, Shape shape) {
  const TensorView tensor = view(ElementType::kF32, std::move(shape), input);
  request->run({&tensor, 1});
  return values_of<float>(request->outputs()[0]);
}

TEST(BoundRequest, RunsSmallInputs) {
  Request request(testing::add_one());
  EXPECT_EQ(add_one(request, counting<float>(10), {1, 10}), counting<float>(10, 1));
  EXPECT_EQ(add_one(request, counting<float>(10, 5), {1, 10}), counting<float>(10, 6));
  EXPECT_EQ(request->outputs()[0].shape, (Shape{1, 10}));
  EXPECT_EQ(request->outputs()[0].type, ElementType::kF32);
}

TEST(BoundRequest, RunsLargeInputsFromMemoryThatIsGoneByTheNextRun) {
  Request request(testing::add_one({1, kLarge}));
  for (int run = 0; run < 5; ++run) {
    const auto first = static_cast<float>(run);
    const std::vector<float> output = add_one(request, counting<float>(kLarge, first), {1, kLarge});
    EXPECT_EQ(output.front(), first + 1);
    EXPECT_EQ(output.back(), first + kLarge);
  }
}

TEST(BoundRequest, TakesUnalignedInputs) {
  Request request(testing::add_one({1, kLarge}));
  const std::vector<float> values = counting<float>(kLarge);
  std::vector<char> bytes(values.size() * sizeof(float) + 1);
  std::copy_n(reinterpret_cast<const char*>(values.data()), bytes.size() - 1, bytes.data() + 1);
  const TensorView tensor{ElementType::kF32, {1, kLarge}, bytes.data() + 1, bytes.size() - 1};
  request->run({&tensor, 1});
  EXPECT_EQ(values_of<float>(request->outputs()[0]), counting<float>(kLarge, 1));
}

TEST(BoundRequest, FollowsChangingShapes) {
  Request request(testing::add_one({-1, 10}));
  for (const std::int64_t batch : {1, 3, 20'000, 2}) {
    EXPECT_EQ(add_one(request, counting<float>(static_cast<std::size_t>(batch) * 10), {batch, 10}),
              counting<float>(static_cast<std::size_t>(batch) * 10, 1));
    EXPECT_EQ(request->outputs()[0].shape, (Shape{batch, 10}));
  }
}

TEST(BoundRequest, TakesAnEmptyTensor) {
  Request request(testing::add_one({-1, 10}));
  const TensorView tensor{ElementType::kF32, {0, 10}, nullptr, 0};
  request->run({&tensor, 1});
  EXPECT_EQ(request->outputs()[0].shape, (Shape{0, 10}));
  EXPECT_EQ(request->outputs()[0].bytes, 0U);
  EXPECT_EQ(add_one(request, counting<float>(10), {1, 10}), counting<float>(10, 1));
}

TEST(BoundRequest, NeverWritesToTheInput) {
  for (const ov::PartialShape& shape : {ov::PartialShape{1, kLarge}, ov::PartialShape{-1, kLarge}}) {
    Request request(testing::relu(shape));
    const std::vector<float> input(kLarge, -2.0F);
    EXPECT_EQ(add_one(request, input, {1, kLarge}), std::vector<float>(kLarge, 0.0F));
    EXPECT_EQ(input, std::vector<float>(kLarge, -2.0F));
  }
}

TEST(BoundRequest, OutputsNeverLieInTheInput) {
  const auto b = testing::input("b", ov::element::f32, {1, kLarge});
  const auto shape = opset::Constant::create(ov::element::i64, {2}, {kLarge, std::int64_t{1}});
  const auto reshape = testing::graph({{"a", std::make_shared<opset::Reshape>(b, shape, false)}}, {b});
  for (const auto& model : {testing::pass_through({1, kLarge}), testing::pass_through({-1, -1}), reshape}) {
    Request request(model);
    std::vector<float> input = counting<float>(kLarge);
    const TensorView tensor = view(ElementType::kF32, {1, kLarge}, input);
    request->run({&tensor, 1});
    std::fill(input.begin(), input.end(), -1.0F);  // as if the memory had gone to someone else
    EXPECT_EQ(values_of<float>(request->outputs()[0]), counting<float>(kLarge));
  }
}

TEST(BoundRequest, RunsSeveralInputsAndOutputs) {
  const auto x = testing::input("x", ov::element::f32, {1, kLarge});
  const auto y = testing::input("y", ov::element::f32, {1, 1});
  Request request(testing::graph(
      {{"sum", std::make_shared<opset::Add>(x, y)}, {"difference", std::make_shared<opset::Subtract>(x, y)}}, {x, y}));
  const std::vector<float> large = counting<float>(kLarge);
  const std::vector<float> small{2.0F};
  const std::vector<TensorView> inputs{view(ElementType::kF32, {1, kLarge}, large),
                                       view(ElementType::kF32, {1, 1}, small)};
  request->run(inputs);
  EXPECT_EQ(values_of<float>(request->outputs()[0]), counting<float>(kLarge, 2));
  EXPECT_EQ(values_of<float>(request->outputs()[1]), counting<float>(kLarge, -2));
}

template <typename T>
void expect_bytes_pass(ElementType type, const ov::element::Type& theirs) {
  const auto b = testing::input("b", theirs, {4});
  const auto shape = opset::Constant::create(ov::element::i64, {2}, {2, 2});
  Request request(testing::graph({{"a", std::make_shared<opset::Reshape>(b, shape, false)}}, {b}));
  const std::vector<T> values{0, 1, 1, 0};
  const TensorView tensor = view(type, {4}, values);
  request->run({&tensor, 1});
  EXPECT_EQ(request->outputs()[0].type, type);
  EXPECT_EQ(request->outputs()[0].shape, (Shape{2, 2}));
  EXPECT_EQ(values_of<T>(request->outputs()[0]), values) << precision_name(type);
}

TEST(BoundRequest, TakesEveryNumericType) {
  expect_bytes_pass<std::uint8_t>(ElementType::kBool, ov::element::boolean);
  expect_bytes_pass<std::uint16_t>(ElementType::kF16, ov::element::f16);
  expect_bytes_pass<std::uint16_t>(ElementType::kBf16, ov::element::bf16);
  expect_bytes_pass<float>(ElementType::kF32, ov::element::f32);
  expect_bytes_pass<double>(ElementType::kF64, ov::element::f64);
  expect_bytes_pass<std::int8_t>(ElementType::kI8, ov::element::i8);
  expect_bytes_pass<std::int16_t>(ElementType::kI16, ov::element::i16);
  expect_bytes_pass<std::int32_t>(ElementType::kI32, ov::element::i32);
  expect_bytes_pass<std::int64_t>(ElementType::kI64, ov::element::i64);
  expect_bytes_pass<std::uint8_t>(ElementType::kU8, ov::element::u8);
  expect_bytes_pass<std::uint16_t>(ElementType::kU16, ov::element::u16);
  expect_bytes_pass<std::uint32_t>(ElementType::kU32, ov::element::u32);
  expect_bytes_pass<std::uint64_t>(ElementType::kU64, ov::element::u64);
}

TEST(BoundRequest, TakesStrings) {
  Request request(testing::pass_through({-1}, ov::element::string));
  for (const std::size_t count : {2U, 5U, 0U}) {
    std::vector<std::string> words(count, "a word that is too long to lie in the string object itself");
    const TensorView tensor = view(ElementType::kString, {static_cast<std::int64_t>(count)}, words);
    request->run({&tensor, 1});
    const std::vector<std::string> expected = words;
    words.assign(count, "gone");
    EXPECT_EQ(values_of<std::string>(request->outputs()[0]), expected);
    EXPECT_EQ(request->outputs()[0].type, ElementType::kString);
  }
}

/// Waits for the end of a run that was begun.
class RunEnd : public BoundRequest::Listener {
 public:
  void ended(std::exception_ptr error) noexcept override {
    in_listener = BoundRequest::in_listener();
    promise_.set_value(std::move(error));
  }
  std::exception_ptr wait() { return promise_.get_future().get(); }

  bool in_listener = false;

 private:
  std::promise<std::exception_ptr> promise_;
};

TEST(BoundRequest, BeginsARunAndTellsItsEnd) {
  Request request(testing::add_one());
  for (int run = 0; run < 100; ++run) {
    const std::vector<float> values = counting<float>(10, static_cast<float>(run));
    const TensorView tensor = view(ElementType::kF32, {1, 10}, values);
    const InferInputs inputs(&tensor, 1);
    RunEnd end;
    request->start({&inputs, 1}, end);
    EXPECT_EQ(end.wait(), nullptr);
    EXPECT_TRUE(end.in_listener);
    request->read_outputs({&inputs, 1});
    EXPECT_EQ(values_of<float>(request->outputs()[0]), counting<float>(10, static_cast<float>(run + 1)));
    EXPECT_EQ(add_one(request, values, {1, 10}), counting<float>(10, static_cast<float>(run + 1)));
  }
  EXPECT_FALSE(BoundRequest::in_listener());
}

TEST(BoundRequest, PutsInferencesTogetherAlongDimension0) {
  const auto x = testing::input("x", ov::element::f32, {-1, 2});
  const auto y = testing::input("y", ov::element::f32, {-1, 1});
  Request request(testing::graph({{"sum", std::make_shared<opset::Add>(x, y)}}, {x, y}));
  for (const std::int64_t rows : {1, 3, 2}) {  // the tensors that are kept grow and shrink
    const auto count = static_cast<std::size_t>(rows);
    const std::vector<float> x1{1, 2};
    const std::vector<float> y1{10};
    const std::vector<float> x2 = counting<float>(2 * count, 3);
    const std::vector<float> y2(count, 20);
    const std::vector<TensorView> first{view(ElementType::kF32, {1, 2}, x1), view(ElementType::kF32, {1, 1}, y1)};
    const std::vector<TensorView> second{view(ElementType::kF32, {rows, 2}, x2),
                                         view(ElementType::kF32, {rows, 1}, y2)};
    const std::vector<InferInputs> batch{first, second};
    RunEnd end;
    request->start(batch, end);
    EXPECT_EQ(end.wait(), nullptr);
    request->read_outputs(batch);
    std::vector<float> expected = counting<float>(2 * count, 23);
    expected.insert(expected.begin(), {11, 12});
    EXPECT_EQ(request->outputs()[0].shape, (Shape{rows + 1, 2}));
    EXPECT_EQ(values_of<float>(request->outputs()[0]), expected);
  }
}

TEST(BoundRequest, PutsStringsTogether) {
  Request request(testing::pass_through({-1}, ov::element::string));
  const std::vector<std::string> one{"a word that is too long to lie in the string object itself"};
  const std::vector<std::string> two{"short", ""};
  const TensorView first = view(ElementType::kString, {1}, one);
  const TensorView second = view(ElementType::kString, {2}, two);
  const std::vector<InferInputs> batch{{&first, 1}, {&second, 1}, {&first, 1}};
  RunEnd end;
  request->start(batch, end);
  EXPECT_EQ(end.wait(), nullptr);
  request->read_outputs(batch);
  EXPECT_EQ(values_of<std::string>(request->outputs()[0]), (std::vector<std::string>{one[0], "short", "", one[0]}));
}

TEST(BoundRequest, ARunCanBeCancelled) {
  Request request(testing::chain(512, 2000, 512));  // many seconds
  const std::vector<float> values(std::size_t{512} * 512, 1.0F);
  const TensorView tensor = view(ElementType::kF32, {512, 512}, values);
  const InferInputs inputs(&tensor, 1);
  RunEnd end;
  request->start({&inputs, 1}, end);
  request->cancel();
  EXPECT_THROW(std::rethrow_exception(end.wait()), ov::Cancelled);
  request->cancel();  // nothing runs: nothing happens
}

TEST(BoundRequest, WorksOnVirtualDevices) {
  for (const char* device : {"AUTO:CPU", "HETERO:CPU"}) {
    Request request(testing::add_one({1, kLarge}), device);
    EXPECT_EQ(add_one(request, counting<float>(kLarge), {1, kLarge}), counting<float>(kLarge, 1)) << device;
  }
}

TEST(BoundRequest, RefusesBytesThatDoNotFit) {
  for (const auto& model : {testing::add_one(), testing::add_one({-1, 10}), testing::add_one({1, kLarge})}) {
    Request request(model);
    const std::vector<float> values(9);
    const TensorView tensor = view(ElementType::kF32, {1, 10}, values);
    expect_error(ErrorCode::kInternal, "input \"b\": 36 bytes", [&] { request->run({&tensor, 1}); });
  }
}

TEST(BoundRequest, RefusesTheWrongNumberOfInputs) {
  Request request(testing::add_one());
  expect_error(ErrorCode::kInternal, "0 inputs given, the model has 1", [&] { request->run({}); });
}

}  // namespace
}  // namespace ovserve
