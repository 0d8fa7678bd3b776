// The REST API of KServe v2.

#include <algorithm>
#include <vector>

#include "codec/kserve_rest.h"
#include "serving/encoded_inputs.h"
#include "serving/inference_service.h"
#include "serving/output_selection.h"
#include "serving/request_meter.h"
#include "serving/request_validation.h"

namespace ovserve {
namespace {

// As in every other API, 0 asks for the default version.
std::optional<Version> requested(std::optional<Version> version) { return version == 0 ? std::nullopt : version; }

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

std::optional<std::size_t> InferenceService::kserve_rest_infer(const std::string& model, std::optional<Version> version,
                                                               std::string_view body,
                                                               std::optional<std::size_t> header_length,
                                                               ByteSink& reply) {
  RequestMeter meter(metrics_.get(), Interface::kRest, Method::kModelInfer, body.size());
  MeasuringSink sink(reply);
  meter.is_about(model, version);
  const ModelLease lease = repository_.acquire(model, requested(version));
  meter.is_about(model, lease.version);
  const Signature& signature = lease.model->signature();
  kserve_rest::InferBody infer = kserve_rest::parse_infer(body, header_length, limits_.json_depth);
  convert_encoded_inputs(signature, infer.inputs, limits_.images);
  const std::vector<TensorView> inputs = validate_inputs(signature, infer.inputs);
  const std::vector<kserve_rest::SelectedOutput> selected = select(signature, infer);
  kserve_rest::check_forms(signature, selected);
  const auto result = lease.model->infer(inputs);
  meter.inferred(result->times());
  const auto json_length =
      kserve_rest::write_infer(model, lease.version, infer.id, signature, result->outputs(), selected, sink);
  meter.succeeded(sink.size());
  return json_length;
}

std::string InferenceService::kserve_rest_model_metadata(const std::string& model, std::optional<Version> version) {
  RequestMeter meter(metrics_.get(), Interface::kRest, Method::kModelMetadata);
  meter.is_about(model, version);
  const ModelLease lease = repository_.acquire_now(model, requested(version));
  meter.is_about(model, lease.version);
  std::string reply = kserve_rest::write_model_metadata(model, available_versions(model), lease.model->signature());
  meter.succeeded();
  return reply;
}

}  // namespace ovserve
