#include "gateway/replies.h"

#include <utility>

#include "codec/tfs_rest.h"
#include "gateway/status_tables.h"

namespace ovserve {

ByteChain to_chain(std::string bytes) {
  if (bytes.empty()) return {};
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  ByteChain chain;
  chain.pieces.emplace_back(*owner);
  chain.owner = std::move(owner);
  return chain;
}

front::GrpcReply grpc_error(const Error& error) { return {grpc_code_of(error.code()), error.what(), {}}; }

front::HttpReply http_error(const Error& error) { return http_error(http_status_of(error.code()), error.what()); }

front::HttpReply http_error(int status, std::string_view message) {
  front::HttpReply reply = json_reply(to_chain(tfs_rest::write_error(message)));
  reply.status = status;
  return reply;
}

front::HttpReply json_reply(ByteChain body) {
  front::HttpReply reply;
  reply.headers.emplace_back("content-type", "application/json");
  reply.body = std::move(body);
  return reply;
}

}  // namespace ovserve
