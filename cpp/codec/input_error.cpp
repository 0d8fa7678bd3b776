#include "codec/input_error.h"

#include "base/error.h"
#include "base/printable_text.h"

namespace ovserve {

void throw_input_error(const std::string& what, std::string_view input) {
  constexpr std::size_t kLongestName = 200;
  throw Error(ErrorCode::kInvalidArgument, what + "; input name: " + printable_text(input, kLongestName));
}

}  // namespace ovserve
