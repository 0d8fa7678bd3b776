#include "engine/inference_error.h"

#include <openvino/runtime/exception.hpp>

#include "engine/inference_failure.h"
#include "engine/openvino_reason.h"

namespace ovserve {

Error inference_error(const std::exception_ptr& exception, const Signature& signature) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return error;
  } catch (const ov::Cancelled&) {
    return cancelled_error();
  } catch (const std::exception& e) {
    return inference_failure(e.what(), signature);
  } catch (...) {
    return {ErrorCode::kInternal, "inference failed: " + describe_current_exception()};
  }
}

Error request_error(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    return {ErrorCode::kInternal, "cannot make an infer request: " + openvino_reason(e.what())};
  } catch (...) {
    return {ErrorCode::kInternal, "cannot make an infer request: " + describe_current_exception()};
  }
}

Error cancelled_error() { return {ErrorCode::kCancelled, "The request was cancelled"}; }

}  // namespace ovserve
