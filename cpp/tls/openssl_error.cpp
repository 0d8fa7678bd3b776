#include "tls/openssl_error.h"

#include <openssl/err.h>

#include <array>

#include "base/error.h"

namespace ovserve::tls {

void throw_openssl_error(const std::string& what) {
  // The first entry of the queue names the cause, those after it who could not go on.
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw Error(ErrorCode::kInvalidArgument, what + ": " + reason.data());
}

}  // namespace ovserve::tls
