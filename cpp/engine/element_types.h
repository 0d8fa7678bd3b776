#pragma once

#include <openvino/core/type/element_type.hpp>

#include "base/element_type.h"

namespace ovserve {

/// kUndefined for the types that no API of this server can carry (u1, i4, nf4, f8e4m3, dynamic ...).
ElementType from_openvino(const ov::element::Type& type) noexcept;

/// ov::element::dynamic for kUndefined.
ov::element::Type to_openvino(ElementType type) noexcept;

}  // namespace ovserve
