#include "loader/lazy_binding.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "loader_fixtures.h"

namespace ovserve {
namespace {

using Names = std::vector<std::string>;

Names undefined_in(const std::string& name) {
  const LoadedLibraries before = loaded_libraries();
  void* handle = ::dlopen(library(name).c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) return {::dlerror()};
  Names names = undefined_functions(handle, before);
  ::dlclose(handle);
  return names;
}

TEST(LazyBinding, FindsFunctionsThatNobodyDefinesButWeakOnes) {
  EXPECT_EQ(undefined_in("undefined_function"),
            (Names{"function_that_nobody_defines", "other_function_that_nobody_defines"}));
}

TEST(LazyBinding, LooksIntoLibrariesThatWereBroughtAlong) {
  EXPECT_EQ(undefined_in("calls_undefined_dependency"), Names{"function_missing_in_dependency"});
}

TEST(LazyBinding, FindsNothingInSoundLibraries) {
  for (const char* name : {"plain_loader", "hostile_loader", "encrypted_loader"}) {
    EXPECT_EQ(undefined_in(name), Names{}) << name;
  }
}

TEST(LazyBinding, KnowsWhatIsLoaded) {
  const LoadedLibraries before = loaded_libraries();
  EXPECT_FALSE(before.empty());
  void* handle = ::dlopen(library("destroying_loader").c_str(), RTLD_LAZY | RTLD_LOCAL);
  ASSERT_NE(handle, nullptr);
  EXPECT_GT(loaded_libraries().size(), before.size());
  ::dlclose(handle);
}

}  // namespace
}  // namespace ovserve
