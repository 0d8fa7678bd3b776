#include "serving/output_selection.h"

#include <gtest/gtest.h>

#include "codec/error_expectation.h"

namespace ovserve {
namespace {

Signature signature() { return {{}, {{"p", ElementType::kF32, {}, false}, {"q", ElementType::kF32, {}, false}}}; }

TEST(OutputSelection, NothingAskedForIsEverything) {
  EXPECT_EQ(select_outputs(signature(), {}), (std::vector<std::size_t>{0, 1}));
}

TEST(OutputSelection, KeepsTheOrderAndDropsRepetitions) {
  EXPECT_EQ(select_outputs(signature(), {"q", "p", "q"}), (std::vector<std::size_t>{1, 0}));
  EXPECT_EQ(select_outputs(signature(), {"q"}), std::vector<std::size_t>{1});
}

TEST(OutputSelection, NamesWhatThereIs) {
  EXPECT_EQ(testing::error_of(ErrorCode::kInvalidArgument, [] { find_requested_output(signature(), "z"); }),
            "Unknown requested output - z; the model has: p q");
}

}  // namespace
}  // namespace ovserve
