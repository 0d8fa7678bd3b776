#include "base/model_buffers.h"

#include <gtest/gtest.h>

namespace ovserve {
namespace {

TEST(ModelKind, HasAName) {
  EXPECT_STREQ(name_of(ModelKind::kIr), "IR");
  EXPECT_STREQ(name_of(ModelKind::kOnnx), "ONNX");
  EXPECT_STREQ(name_of(ModelKind::kBlob), "BLOB");
}

}  // namespace
}  // namespace ovserve
