#include "front/grpc_reply.h"

#include <array>
#include <utility>
#include <vector>

#include "front/http2_stream.h"

namespace ovserve::front {
namespace {

constexpr ReplyField kContentType{"content-type", "application/grpc"};
constexpr ReplyField kAccepts{"grpc-accept-encoding", "identity, deflate, gzip"};

}  // namespace

void send_grpc_status(Http2Stream& stream, GrpcCode code, std::string_view message, std::string_view http_status) {
  const std::string encoded = percent_encoded(message);
  if (!stream.is_head_sent()) {
    std::vector<ReplyField> fields{{":status", http_status}, kContentType, {"grpc-status", decimal(code)}};
    if (!encoded.empty()) fields.push_back({"grpc-message", encoded});
    if (code == GrpcCode::kUnimplemented) fields.push_back(kAccepts);
    stream.send_head(fields, true);
    return;
  }
  std::vector<std::pair<std::string, std::string>> trailer{{"grpc-status", std::string(decimal(code))}};
  if (!encoded.empty()) trailer.emplace_back("grpc-message", encoded);
  stream.finish(std::move(trailer));
}

void send_grpc_message(Http2Stream& stream, CallTarget::Message message, bool name_gzip) {
  if (!stream.is_head_sent()) {
    std::vector<ReplyField> fields{{":status", "200"}, kContentType};
    if (name_gzip) fields.push_back({"grpc-encoding", "gzip"});
    stream.send_head(fields, false);
  }
  const std::size_t size = message.bytes.size();
  const std::array<char, 5> prefix{message.compressed ? '\1' : '\0', static_cast<char>(size >> 24U),
                                   static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
                                   static_cast<char>(size)};
  stream.send({prefix.data(), prefix.size()}, std::move(message.bytes));
}

}  // namespace ovserve::front
