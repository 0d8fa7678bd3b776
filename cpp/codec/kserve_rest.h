#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_sink.h"
#include "base/infer_request.h"
#include "base/signature.h"
#include "base/tensor.h"

/// The bodies of the KServe v2 (open inference protocol) REST API with the binary tensor data
/// extension: a JSON object, directly followed by the tensors that it does not hold itself. The
/// header Inference-Header-Content-Length says how many bytes the object has, and is there only if
/// something follows it.
/// Sources: kserve docs/predict-api/v2/required_api.md; Triton docs/protocol/extension_binary_data.md.
namespace ovserve::kserve_rest {

struct RequestedOutput {
  std::string name;
  bool binary = false;
};

struct InferBody {
  std::optional<std::string> id;
  std::vector<RequestTensor> inputs;
  std::vector<RequestedOutput> outputs;  ///< empty: all of them, each as `binary_output` says
  bool binary_output = false;
};

/// Parses the body of an infer request. Binary tensors stay where they are in `body`, which must
/// outlive the result; those in JSON are read as the datatype that the request names, flat or nested.
/// `header_length`: of the JSON object; none: the body is nothing else.
/// Throws Error: kFailedPrecondition if the JSON is none, kInvalidArgument for everything else that
/// is wrong. `max_depth` bounds nesting.
InferBody parse_infer(std::string_view body, std::optional<std::size_t> header_length, std::size_t max_depth = 32);

/// One output of a reply: an index into the signature's outputs, and its form.
struct SelectedOutput {
  std::size_t index = 0;
  bool binary = false;
};

/// Throws Error(kInvalidArgument) for an output whose type JSON cannot show (BF16) and that is not
/// asked for in binary form, so that nobody waits for an inference in vain.
void check_forms(const Signature& signature, std::span<const SelectedOutput> selected);

/// Writes the body of an answer. Returns the length of its JSON object if tensors follow it.
std::optional<std::size_t> write_infer(std::string_view model, std::int64_t version,
                                       const std::optional<std::string>& id, const Signature& signature,
                                       std::span<const TensorView> outputs, std::span<const SelectedOutput> selected,
                                       ByteSink& sink);

/// {"name": ..., "versions": [...], "platform": "OpenVINO", "inputs": [...], "outputs": [...]}
std::string write_model_metadata(std::string_view model, std::span<const std::int64_t> versions,
                                 const Signature& signature);

}  // namespace ovserve::kserve_rest
