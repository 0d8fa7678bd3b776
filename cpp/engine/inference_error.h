#pragma once

#include <exception>

#include "base/error.h"

namespace ovserve {

/// What a caller is told of an exception that came out of an inference. An Error stays as it is.
Error inference_error(const std::exception_ptr& exception);

/// The same of one that came out of making an infer request.
Error request_error(const std::exception_ptr& exception);

/// For an inference that its caller gave up.
Error cancelled_error();

}  // namespace ovserve
