#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/infer_request.h"
#include "base/signature.h"
#include "base/tensor.h"

/// The JSON bodies of TensorFlow Serving's REST API.
/// Source of the rules: tensorflow/serving g3doc/api_rest.md and OpenVINO Model Server's observed behaviour.
namespace ovserve::tfs_rest {

enum class Format { kRow, kColumn };  ///< "instances" -> "predictions", "inputs" -> "outputs"

struct PredictBody {
  Format format = Format::kRow;
  std::vector<RequestTensor> inputs;  ///< own their data
};

/// Parses a :predict body; the model's signature decides each tensor's type (numbers are cast).
/// Throws Error: kFailedPrecondition if the body is not JSON, kInvalidArgument for everything else
/// that is wrong with it. `max_depth` bounds nesting.
PredictBody parse_predict(std::string_view body, const Signature& signature, std::size_t max_depth = 32);

/// Throws Error(kInvalidArgument) if outputs cannot be put into rows (unequal first dimensions).
std::string write_predict(Format format, const Signature& signature, std::span<const TensorView> outputs);

/// {"modelSpec": ..., "metadata": {"signature_def": ...}}
std::string write_metadata(std::string_view model, std::int64_t version, const Signature& signature);

/// One entry of model_version_status.
struct StatusEntry {
  std::int64_t version = 0;
  std::string_view state;       ///< "AVAILABLE"
  std::string_view error_code;  ///< "OK"
  std::string error_message;
};
/// {"model_version_status": [...]}, one-space indentation and a final newline as upstream prints it.
std::string write_status(std::span<const StatusEntry> entries);

/// {"name": {"model_version_status": [...]}, ...} as /v1/config answers.
struct NamedStatus {
  std::string_view name;
  std::vector<StatusEntry> entries;
};
std::string write_config_status(std::span<const NamedStatus> models);

/// {"error": "..."} with the text properly escaped; invalid UTF-8 becomes U+FFFD.
std::string write_error(std::string_view message);

}  // namespace ovserve::tfs_rest
