#pragma once

#include <string_view>

#include "base/error.h"
#include "base/signature.h"

namespace ovserve {

/// The error of an inference that OpenVINO ended with an exception whose text is `what`.
///
/// Sizes that the signature leaves open are checked by nobody before the device sees them. When it then
/// complains about shapes, the request is at fault: kFailedPrecondition, as for a model that cannot be
/// reshaped. Everything else is kInternal. OpenVINO's exceptions differ in nothing but their text.
Error inference_failure(std::string_view what, const Signature& signature);

}  // namespace ovserve
