#pragma once

#include <exception>

#include "base/error.h"
#include "base/signature.h"

namespace ovserve {

/// What a caller is told of an exception that came out of an inference: see inference_failure. An Error
/// stays as it is.
Error inference_error(const std::exception_ptr& exception, const Signature& signature);

/// The same of one that came out of making an infer request.
Error request_error(const std::exception_ptr& exception);

/// For an inference that its caller gave up.
Error cancelled_error();

}  // namespace ovserve
