#include "serving/kserve_exchanges.h"

#include <algorithm>
#include <utility>

#include "serving/output_selection.h"
#include "serving/requested_version.h"

namespace ovserve {
namespace {

// In the order asked for, each once; all of them if none was named.
std::vector<kserve_rest::SelectedOutput> select(const Signature& signature, const kserve_rest::InferBody& body) {
  std::vector<kserve_rest::SelectedOutput> selected;
  if (body.outputs.empty()) {
    for (std::size_t i = 0; i < signature.outputs.size(); ++i) selected.push_back({i, body.binary_output});
    return selected;
  }
  for (const kserve_rest::RequestedOutput& output : body.outputs) {
    const std::size_t index = find_requested_output(signature, output.name);
    const auto is_same = [&](const kserve_rest::SelectedOutput& other) { return other.index == index; };
    if (std::none_of(selected.begin(), selected.end(), is_same)) selected.push_back({index, output.binary});
  }
  return selected;
}

}  // namespace

KserveGrpcExchange::KserveGrpcExchange(std::string_view message) noexcept
    : InferenceExchange(Interface::kGrpc, Method::kModelInfer, message) {}

InferenceExchange::Target KserveGrpcExchange::target() {
  request_ = kserve_grpc::parse_infer_request(body());
  return {request_.model, requested(request_.version)};
}

std::vector<RequestTensor>& KserveGrpcExchange::inputs(const Signature& /*signature*/) { return request_.inputs; }

void KserveGrpcExchange::select_outputs(const Signature& signature) {
  selected_ = ovserve::select_outputs(signature, request_.requested_outputs);
}

void KserveGrpcExchange::write(const Answer& answer, ByteSink& sink) {
  kserve_grpc::write_infer_response(response(answer), sink);
}

kserve_grpc::InferResponse KserveGrpcExchange::response(const Answer& answer) const noexcept {
  return {request_.model, answer.version, request_.id, answer.signature, answer.outputs, selected_};
}

void KserveStreamExchange::write(const Answer& answer, ByteSink& sink) {
  kserve_grpc::write_stream_response(response(answer), sink);
}

bool KserveStreamExchange::write_error(const Error& error, ByteSink& sink) {
  kserve_grpc::write_stream_error(error.what(), sink);
  return true;
}

KserveRestExchange::KserveRestExchange(std::string model, std::optional<Version> version, std::string_view body,
                                       std::optional<std::size_t> header_length, std::size_t json_depth) noexcept
    : InferenceExchange(Interface::kRest, Method::kModelInfer, body),
      model_(std::move(model)),
      version_(requested(version)),
      header_length_(header_length),
      json_depth_(json_depth) {}

// What follows the JSON object is not parsed.
bool KserveRestExchange::is_long_to_read() const noexcept {
  return std::min(header_length_.value_or(body().size()), body().size()) > kLongText;
}

InferenceExchange::Target KserveRestExchange::target() { return {model_, version_}; }

std::vector<RequestTensor>& KserveRestExchange::inputs(const Signature& /*signature*/) {
  infer_ = kserve_rest::parse_infer(body(), header_length_, json_depth_);
  return infer_.inputs;
}

void KserveRestExchange::select_outputs(const Signature& signature) {
  selected_ = select(signature, infer_);
  kserve_rest::check_forms(signature, selected_);
}

bool KserveRestExchange::is_long_to_write(const Answer& answer) const noexcept {
  std::size_t text = 0;
  for (const kserve_rest::SelectedOutput& output : selected_) {
    if (!output.binary) text += answer.outputs[output.index].bytes;
  }
  return text > kLongNumbers;
}

void KserveRestExchange::write(const Answer& answer, ByteSink& sink) {
  header_length_ =
      kserve_rest::write_infer(model_, answer.version, infer_.id, answer.signature, answer.outputs, selected_, sink);
}

}  // namespace ovserve
