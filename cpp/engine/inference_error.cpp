#include "engine/inference_error.h"

#include <openvino/runtime/exception.hpp>
#include <string>

#include "engine/openvino_reason.h"

namespace ovserve {
namespace {

Error error_of(const std::exception_ptr& exception, const std::string& what) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return error;
  } catch (const ov::Cancelled&) {
    return cancelled_error();
  } catch (const std::exception& e) {
    return {ErrorCode::kInternal, what + ": " + openvino_reason(e.what())};
  } catch (...) {
    return {ErrorCode::kInternal, what + ": " + describe_current_exception()};
  }
}

}  // namespace

Error inference_error(const std::exception_ptr& exception) { return error_of(exception, "inference failed"); }

Error request_error(const std::exception_ptr& exception) { return error_of(exception, "cannot make an infer request"); }

Error cancelled_error() { return {ErrorCode::kCancelled, "The request was cancelled"}; }

}  // namespace ovserve
