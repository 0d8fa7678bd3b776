#pragma once

#include <cxxabi.h>

#include <cstdint>
#include <string>
#include <utility>

#include "base/error.h"
#include "customloaderinterface.hpp"

// Forced unwinding has no exception object, so the reference that catches it binds to null. That is
// how the C++ library defines it, but the undefined behaviour sanitizer objects; inlined code would
// be checked under its caller's rules.
#define OVSERVE_CATCHES_FORCED_UNWIND __attribute__((noinline, no_sanitize("null")))

namespace ovserve {

/// "MODEL_LOAD_ERROR (4)", or "99, which is no CustomLoaderStatus".
std::string to_string(ovms::CustomLoaderStatus status);

/// One call into a loader library, described for messages, and the wall that its exceptions stop at.
class LoaderCall {
 public:
  LoaderCall(std::string loader, std::string function) : loader_(std::move(loader)), function_(std::move(function)) {}

  LoaderCall& for_model(const std::string& name);
  LoaderCall& for_version(std::int64_t version);

  /// Runs user code; whatever it throws comes out as Error(kInternal) with its text.
  ///
  /// With one exception: pthread_exit and thread cancellation unwind the stack too, and the C
  /// library ends the process if that is stopped, so they pass.
  template <typename Function>
  OVSERVE_CATCHES_FORCED_UNWIND auto run(Function&& function) const -> decltype(function()) {
    try {
      return std::forward<Function>(function)();
    } catch (abi::__forced_unwind&) {
      throw;
    } catch (...) {
      fail(" threw: " + describe_current_exception());
    }
  }

  /// Throws Error(kInternal) unless `status` is OK.
  void expect_ok(ovms::CustomLoaderStatus status) const;

  /// Throws Error(code, `custom loader "x": loadModel for model "m" version 1` + what).
  [[noreturn]] void fail(const std::string& what, ErrorCode code = ErrorCode::kInternal) const;

 private:
  std::string loader_;
  std::string function_;
  std::string about_;
};

}  // namespace ovserve
