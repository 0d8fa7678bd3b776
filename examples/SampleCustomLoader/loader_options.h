#pragma once

#include <stdexcept>
#include <string>

#include "status_watcher.h"

/// Something the user wrote cannot be honoured; the text names it.
class LoaderError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a model's custom_loader_options ask for. All are names of files in the version directory.
struct ModelOptions {
  std::string model_file;   ///< .xml, .onnx or .blob
  std::string bin_file;     ///< weights; needed for .xml
  std::string enable_file;  ///< status file; may be empty
};

/// Reads custom_loader_options as the server hands them over: one JSON object. Throws LoaderError.
ModelOptions parse_model_options(const std::string& json);

/// Reads the loader's own configuration file. No name or no such file: the defaults. Throws LoaderError.
///
/// JSON: {"check_period_s": 10, "force_check": false, "cycle_s": 0}, every key optional.
/// Plain text: ENABLE_FORCE_BLACKLIST_CHECK anywhere in the first line is the same as force_check.
WatchSettings read_settings(const std::string& config_file);
