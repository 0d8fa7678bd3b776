#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace ovserve::testing {

/// The message of the Error that `call` throws; fails the test if it throws none, or one of another code.
template <class Call>
std::string error_of(ErrorCode code, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_STREQ(name_of(error.code()), name_of(code)) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace ovserve::testing
