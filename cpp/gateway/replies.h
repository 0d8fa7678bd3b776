#pragma once

#include <string>
#include <string_view>

#include "base/byte_chain.h"
#include "base/error.h"
#include "front/call.h"

namespace ovserve {

/// Bytes that a reply owns.
ByteChain to_chain(std::string bytes);

front::GrpcReply grpc_error(const Error& error);
/// {"error": "..."} with the status of the error's code.
front::HttpReply http_error(const Error& error);
front::HttpReply http_error(int status, std::string_view message);
front::HttpReply json_reply(ByteChain body);

}  // namespace ovserve
