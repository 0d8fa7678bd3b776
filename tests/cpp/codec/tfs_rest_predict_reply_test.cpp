#include <gtest/gtest.h>

#include "codec/error_expectation.h"
#include "codec/tfs_rest.h"

namespace ovserve::tfs_rest {
namespace {

Signature outputs_named(std::initializer_list<const char*> names) {
  Signature signature;
  for (const char* name : names) signature.outputs.push_back({name, ElementType::kF32, {}, true});
  return signature;
}

constexpr float kValues[] = {1.0F, 2.0F, 3.0F, 4.5F};
TensorView two_by_two() { return {ElementType::kF32, {2, 2}, kValues, sizeof(kValues)}; }
TensorView two() { return {ElementType::kF32, {2}, kValues, 2 * sizeof(float)}; }
TensorView scalar() { return {ElementType::kF32, {}, kValues, sizeof(float)}; }

TEST(PredictReply, OneOutputIsTheListItself) {
  const Signature signature = outputs_named({"a"});
  const TensorView matrix = two_by_two();
  const TensorView number = scalar();
  EXPECT_EQ(write_predict(Format::kRow, signature, {&matrix, 1}), R"({"predictions": [[1.0,2.0],[3.0,4.5]]})");
  EXPECT_EQ(write_predict(Format::kColumn, signature, {&matrix, 1}), R"({"outputs": [[1.0,2.0],[3.0,4.5]]})");
  EXPECT_EQ(write_predict(Format::kColumn, signature, {&number, 1}), R"({"outputs": 1.0})");
}

TEST(PredictReply, SeveralOutputsAreNamed) {
  const Signature signature = outputs_named({"a", "b\""});
  const TensorView outputs[] = {two_by_two(), two()};
  EXPECT_EQ(write_predict(Format::kRow, signature, outputs),
            R"({"predictions": [{"a": [1.0,2.0], "b\"": 1.0}, {"a": [3.0,4.5], "b\"": 2.0}]})");
  EXPECT_EQ(write_predict(Format::kColumn, signature, outputs),
            R"({"outputs": {"a": [[1.0,2.0],[3.0,4.5]], "b\"": [1.0,2.0]}})");
}

TEST(PredictReply, RowsNeedEqualFirstDimensions) {
  const Signature signature = outputs_named({"a", "b"});
  const TensorView three{ElementType::kF32, {3}, kValues, 3 * sizeof(float)};
  const TensorView unequal[] = {two(), three};
  const std::string text =
      testing::error_of(ErrorCode::kInvalidArgument, [&] { write_predict(Format::kRow, signature, unequal); });
  EXPECT_NE(text.find("output b has the shape (3)"), std::string::npos) << text;
  EXPECT_NO_THROW(write_predict(Format::kColumn, signature, unequal));

  const TensorView number = scalar();
  const TensorView scalars[] = {scalar(), two()};
  testing::error_of(ErrorCode::kInvalidArgument, [&] { write_predict(Format::kRow, signature, scalars); });
  testing::error_of(ErrorCode::kInvalidArgument, [&] { write_predict(Format::kRow, signature, {&number, 1}); });
}

}  // namespace
}  // namespace ovserve::tfs_rest
