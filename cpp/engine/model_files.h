#pragma once

#include <filesystem>
#include <string>

namespace ovserve {

/// What OpenVINO is to read.
struct ModelFiles {
  std::filesystem::path model;    ///< a file, or the directory of a TensorFlow saved model
  std::filesystem::path weights;  ///< the .bin of an IR; empty for all others
};

/// Finds the model in a version directory, or beside a model file given directly. In a directory
/// the order is: .xml with its .bin, .onnx, .pdmodel, saved_model.pb, .pb, .tflite; names starting
/// with a dot are passed over. Of several .xml the first in alphabetical order counts.
/// Throws Error(kInternal) naming the path and what was expected there.
ModelFiles find_model_files(const std::filesystem::path& path);

}  // namespace ovserve
