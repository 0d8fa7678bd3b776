#include "engine/openvino_reason.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ovserve {
namespace {

TEST(OpenvinoReason, DropsSourceLocationsAndChecks) {
  EXPECT_EQ(openvino_reason("Exception from src/inference/src/cpp/core.cpp:105:\n"
                            "Check 'is_valid(m_weights->size(), offset)' failed at src/core/x.cpp:900:\n"
                            "Incorrect weights in bin file!\n\n\n"),
            "Incorrect weights in bin file!");
}

TEST(OpenvinoReason, JoinsTheLinesThatRemain) {
  EXPECT_EQ(openvino_reason("Exception from a.cpp:1:\n  While validating node 'x':\r\n\n  Shapes differ\n"),
            "While validating node 'x': Shapes differ");
}

TEST(OpenvinoReason, KeepsACheckThatHasNoTextOfItsOwn) {
  EXPECT_EQ(openvino_reason("Exception from a.cpp:1:\nCheck 'count > 0' failed at b.cpp:7\n"),
            "Check 'count > 0' failed at b.cpp:7");
}

TEST(OpenvinoReason, TakesOtherTextsAsTheyAre) {
  EXPECT_EQ(openvino_reason("std::bad_alloc"), "std::bad_alloc");
  EXPECT_EQ(openvino_reason(""), "");
}

TEST(OpenvinoReason, IsBounded) { EXPECT_LT(openvino_reason(std::string(100'000, 'x')).size(), 1000U); }

}  // namespace
}  // namespace ovserve
