#include "engine/inference_failure.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

Signature signature_of(std::vector<Dimension> shape, bool any_rank = false) {
  Signature signature;
  signature.inputs.push_back({"fixed", ElementType::kF32, {Dimension::fixed(3)}, false});
  signature.inputs.push_back({"b", ElementType::kF32, std::move(shape), any_rank});
  return signature;
}

void expect(ErrorCode code, const std::string& text, const char* what, const Signature& signature) {
  const Error error = inference_failure(what, signature);
  EXPECT_EQ(error.code(), code);
  EXPECT_EQ(std::string(error.what()), text);
}

TEST(InferenceFailure, ShapesThatDoNotFitAreTheRequestsFault) {
  const std::string told = "the model cannot take inputs of these shapes: input shapes mismatch";
  for (const Signature& open :
       {signature_of({Dimension::any()}), signature_of({Dimension{1, 8}}), signature_of({}, true)}) {
    expect(ErrorCode::kFailedPrecondition, told, "input shapes mismatch", open);
    expect(ErrorCode::kInternal, "inference failed: out of device memory", "out of device memory", open);
  }
}

TEST(InferenceFailure, FixedShapesHaveBeenCheckedBefore) {
  expect(ErrorCode::kInternal, "inference failed: Shape mismatch", "Shape mismatch",
         signature_of({Dimension::fixed(1)}));
}

}  // namespace
}  // namespace ovserve
