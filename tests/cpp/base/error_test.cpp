#include "base/error.h"

#include <gtest/gtest.h>

#include <string>

namespace ovserve {
namespace {

struct NullWhat : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

struct Custom {
  int value = 0;
};

template <typename Thrown>
std::string describe(const Thrown& thrown) {
  try {
    throw thrown;  // NOLINT(bugprone-std-exception-baseclass,bugprone-exception-copy-constructor-throws): user code
                   // does
  } catch (...) {
    return describe_current_exception();
  }
}

TEST(Error, CarriesCodeAndMessage) {
  const Error error(ErrorCode::kNotFound, "no such model");
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_STREQ(error.what(), "no such model");
}

TEST(Error, NamesEveryCode) {
  EXPECT_STREQ(name_of(ErrorCode::kInvalidArgument), "INVALID_ARGUMENT");
  EXPECT_STREQ(name_of(ErrorCode::kNotFound), "NOT_FOUND");
  EXPECT_STREQ(name_of(ErrorCode::kAlreadyExists), "ALREADY_EXISTS");
  EXPECT_STREQ(name_of(ErrorCode::kFailedPrecondition), "FAILED_PRECONDITION");
  EXPECT_STREQ(name_of(ErrorCode::kUnavailable), "UNAVAILABLE");
  EXPECT_STREQ(name_of(ErrorCode::kResourceExhausted), "RESOURCE_EXHAUSTED");
  EXPECT_STREQ(name_of(ErrorCode::kDeadlineExceeded), "DEADLINE_EXCEEDED");
  EXPECT_STREQ(name_of(ErrorCode::kCancelled), "CANCELLED");
  EXPECT_STREQ(name_of(ErrorCode::kUnimplemented), "UNIMPLEMENTED");
  EXPECT_STREQ(name_of(ErrorCode::kInternal), "INTERNAL");
}

TEST(DescribeCurrentException, UsesTheTextOfStandardExceptions) {
  EXPECT_EQ(describe(std::runtime_error("boom")), "boom");
  EXPECT_EQ(describe(std::bad_alloc()), "std::bad_alloc");
}

TEST(DescribeCurrentException, NamesTheTypeWhereThereIsNoText) {
  EXPECT_EQ(describe(NullWhat()), "an exception of type ovserve::(anonymous namespace)::NullWhat without a text");
  EXPECT_EQ(describe(std::runtime_error("  \n")), "an exception of type std::runtime_error without a text");
  EXPECT_EQ(describe(Custom{3}), "an exception of type ovserve::(anonymous namespace)::Custom");
  EXPECT_EQ(describe(static_cast<const char*>(nullptr)), "an exception of type char const* without a text");
}

TEST(DescribeCurrentException, ShowsThrownTextAndNumbers) {
  EXPECT_EQ(describe(std::string("text")), "text");
  EXPECT_EQ(describe<const char*>("literal"), "literal");
  EXPECT_EQ(describe(42), "an exception of type int: 42");
  EXPECT_EQ(describe(-7L), "an exception of type long: -7");
  EXPECT_EQ(describe(7U), "an exception of type unsigned int: 7");
}

TEST(DescribeCurrentException, GivesOneLineOfUtf8) { EXPECT_EQ(describe(std::runtime_error("a\nb\xFF")), "a b?"); }

}  // namespace
}  // namespace ovserve
