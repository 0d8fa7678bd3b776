#pragma once

#include <memory>
#include <string>

#include "engine/model.h"

namespace ovserve {

/// Models run by OpenVINO. Safe to use from any number of threads; must outlive nothing: the
/// models that it made stay usable without it.
class OpenVinoEngine : public Engine {
 public:
  /// `cpu_extension`: a library with operations that models may use; empty: none.
  /// Throws Error: kInternal if OpenVINO cannot be set up, kInvalidArgument if the library cannot be used.
  explicit OpenVinoEngine(const std::string& cpu_extension = "");
  ~OpenVinoEngine() override;

  OpenVinoEngine(const OpenVinoEngine&) = delete;
  OpenVinoEngine& operator=(const OpenVinoEngine&) = delete;

  std::unique_ptr<Model> load_files(const std::string& path, const ModelOptions& options) override;
  std::unique_ptr<Model> load_buffers(ModelBuffers buffers, const ModelOptions& options) override;

 private:
  class Impl;  // keeps OpenVINO's headers inside this folder
  std::unique_ptr<Impl> impl_;
};

}  // namespace ovserve
