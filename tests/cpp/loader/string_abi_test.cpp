#include "loader/string_abi.h"

#include <gtest/gtest.h>

#include "loader_fixtures.h"

namespace ovserve {
namespace {

TEST(StringAbi, RecognisesTheOldOne) {
  EXPECT_EQ(reason_of_other_string_abi(library("old_string_abi")),
            "it was compiled for the old std::string ABI: rebuild it without -D_GLIBCXX_USE_CXX11_ABI=0");
}

TEST(StringAbi, AcceptsTheUsualOne) {
  for (const char* name : {"plain_loader", "hostile_loader", "encrypted_loader", "no_factory"}) {
    EXPECT_EQ(reason_of_other_string_abi(library(name)), std::nullopt) << name;
  }
}

TEST(StringAbi, AcceptsWhatItCannotJudge) {
  const TemporaryFolder folder;
  write_bytes(folder / "text.so", "no symbols here");
  EXPECT_EQ(reason_of_other_string_abi(folder / "text.so"), std::nullopt);
}

}  // namespace
}  // namespace ovserve
