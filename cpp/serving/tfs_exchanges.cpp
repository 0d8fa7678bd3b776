#include "serving/tfs_exchanges.h"

#include <utility>

#include "codec/tfs_grpc.h"
#include "serving/requested_version.h"

namespace ovserve {

TfsGrpcExchange::TfsGrpcExchange(std::string_view message) noexcept
    : InferenceExchange(Interface::kGrpc, Method::kPredict, message) {}

InferenceExchange::Target TfsGrpcExchange::target() {
  request_ = tfs_grpc::parse_predict_request(body());
  return {request_.model, request_.version};
}

std::vector<RequestTensor>& TfsGrpcExchange::inputs(const Signature& /*signature*/) { return request_.inputs; }

void TfsGrpcExchange::write(const Answer& answer, ByteSink& sink) {
  tfs_grpc::write_predict_response(request_.model, answer.version, answer.signature, answer.outputs, sink);
}

TfsRestExchange::TfsRestExchange(std::string model, std::optional<Version> version, std::string_view body,
                                 std::size_t json_depth) noexcept
    : InferenceExchange(Interface::kRest, Method::kPredict, body),
      model_(std::move(model)),
      version_(requested(version)),
      json_depth_(json_depth) {}

InferenceExchange::Target TfsRestExchange::target() { return {model_, version_}; }

std::vector<RequestTensor>& TfsRestExchange::inputs(const Signature& signature) {
  predict_ = tfs_rest::parse_predict(body(), signature, json_depth_);
  return predict_.inputs;
}

bool TfsRestExchange::is_long_to_write(const Answer& answer) const noexcept {
  std::size_t text = 0;
  for (const TensorView& output : answer.outputs) text += output.bytes;
  return text > kLongNumbers;
}

void TfsRestExchange::write(const Answer& answer, ByteSink& sink) {
  sink.adopt(tfs_rest::write_predict(predict_.format, answer.signature, answer.outputs));
}

}  // namespace ovserve
