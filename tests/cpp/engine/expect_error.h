#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace ovserve::testing {

/// Runs `action`, which must throw an Error of this code whose message holds `part`; returns the message.
template <typename Action>
std::string expect_error(ErrorCode code, const std::string& part, const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  } catch (const std::exception& other) {
    ADD_FAILURE() << "not an Error: " << other.what();
    return {};
  }
  ADD_FAILURE() << "no error; expected one with \"" << part << "\"";
  return {};
}

}  // namespace ovserve::testing
