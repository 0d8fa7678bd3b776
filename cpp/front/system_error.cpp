#include "front/system_error.h"

#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace ovserve::front {

void throw_system_error(const std::string& what) {
  throw Error(ErrorCode::kInternal, what + ": " + std::generic_category().message(errno));
}

}  // namespace ovserve::front
