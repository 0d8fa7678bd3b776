#include "loader/missing_function.h"

#include <gtest/gtest.h>

#include "loader_fixtures.h"

namespace ovserve {
namespace {

std::string advice(const std::string& name) { return advice_on_missing_function(library(name), "createCustomLoader"); }

TEST(MissingFunction, FindsAFunctionWithCppLinkage) {
  EXPECT_EQ(advice("mangled_factory"), "; it has a C++ function of that name: declare it extern \"C\"");
}

TEST(MissingFunction, FindsAHiddenFunction) {
  EXPECT_EQ(advice("hidden_factory"),
            "; it has a hidden one: compile it without -fvisibility=hidden, and not as static");
}

TEST(MissingFunction, AsksForADefinitionOtherwise) {
  EXPECT_EQ(advice("no_factory"), ": define it, and declare it extern \"C\"");
}

}  // namespace
}  // namespace ovserve
